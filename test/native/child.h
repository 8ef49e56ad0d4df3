// A forked child process that runs a part of a test: what it does to the process (limits, signals,
// locks, its end) does not touch the other tests.
#pragma once

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "check.h"

namespace dllogger {

// One end of a line between parent and child on which each can wait for the other.
class Signals {
 public:
  explicit Signals(int descriptor) : descriptor_(descriptor) {}
  ~Signals() { close(descriptor_); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void Send() const {
    const char byte = 0;
    CHECK_EQ(write(descriptor_, &byte, 1), 1);
  }
  void Await() const {
    char byte = 0;
    CHECK_EQ(read(descriptor_, &byte, 1), 1);
  }

 private:
  int descriptor_;
};

// Owner: a test, with no other thread alive when it forks. Ends with its owner.
class Child {
 public:
  // `body` is called with the child's end of the line.
  template <typename Body>
  explicit Child(const Body& body) : Child(NewLine(), body) {}
  ~Child() {
    if (id_ == -1) return;
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t Id() const { return id_; }
  const Signals& Line() const { return line_; }

  // Until it has ended: its checks held, and it exited as it should.
  void Join() { CHECK_EQ(Wait(), "exit 0"); }

  void Kill() {
    kill(id_, SIGKILL);
    CHECK_EQ(Wait(), "signal " + std::to_string(SIGKILL));
  }

 private:
  struct Ends {
    int parent = -1;
    int child = -1;
  };

  // More than any test needs; less than the test's own.
  static constexpr unsigned kLimitSeconds = 100;

  static Ends NewLine() {
    int ends[2] = {-1, -1};
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return {ends[0], ends[1]};
  }

  template <typename Body>
  Child(const Ends& ends, const Body& body) : line_(ends.parent) {
    // Or both processes would print what is buffered.
    std::fflush(stdout);
    id_ = fork();
    if (id_ != 0) {
      close(ends.child);
      return;
    }
    close(ends.parent);
    alarm(kLimitSeconds);
    const int before = check::Failures();
    body(Signals(ends.child));
    std::fflush(stdout);
    _exit(check::Failures() == before ? 0 : 1);
  }

  std::string Wait() {
    int status = 0;
    CHECK_EQ(waitpid(id_, &status, 0), id_);
    id_ = -1;
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit " + std::to_string(WEXITSTATUS(status));
  }

  Signals line_;
  pid_t id_ = -1;
};

template <typename Body>
void RunInChild(const Body& body) {
  Child([&body](const Signals&) { body(); }).Join();
}

// A limit of this process (a child, please) while it lives.
class Limit {
 public:
  Limit(decltype(RLIMIT_FSIZE) resource, rlim_t value) : resource_(resource) {
    CHECK_EQ(getrlimit(resource_, &before_), 0);
    const struct rlimit lower = {value, before_.rlim_max};
    CHECK_EQ(setrlimit(resource_, &lower), 0);
  }
  ~Limit() { setrlimit(resource_, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  decltype(RLIMIT_FSIZE) resource_;
  struct rlimit before_ = {};
};

// A disk that is full once a file has `size` bytes, as far as this process (a child) can tell.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) : limit_(RLIMIT_FSIZE, size) { std::signal(SIGXFSZ, SIG_IGN); }

 private:
  Limit limit_;
};

// A process (a child) that gets no more memory, at least not in pieces as large as `kPiece`.
class NoMemory {
 public:
  NoMemory() : limit_(RLIMIT_AS, 0) {
    // What earlier tests have freed would still serve.
    while (void* piece = std::malloc(kPiece)) {
      std::memcpy(piece, &pieces_, sizeof(pieces_));
      pieces_ = piece;
    }
  }
  ~NoMemory() {
    while (pieces_ != nullptr) {
      void* const piece = pieces_;
      std::memcpy(&pieces_, piece, sizeof(pieces_));
      std::free(piece);
    }
  }
  NoMemory(const NoMemory&) = delete;
  NoMemory& operator=(const NoMemory&) = delete;

 private:
  static constexpr std::size_t kPiece = std::size_t{64} * 1024;

  Limit limit_;
  void* pieces_ = nullptr;  // each begins with the address of the next
};

}  // namespace dllogger
