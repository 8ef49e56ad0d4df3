// A forked child process that runs a part of a test, so that changes of the process (limits,
// signals, locks, its end) do not affect other tests.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "support/check.h"

namespace dllogger {

// One end of a channel on which parent and child can wait for each other.
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
  // `body` gets the child's end of the channel.
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

  // Waits for the child's end. Returns how it ended.
  std::string Wait() {
    int status = 0;
    CHECK_EQ(waitpid(id_, &status, 0), id_);
    id_ = -1;
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit " + std::to_string(WEXITSTATUS(status));
  }

  // Waits for the child's end. Checks that it exited without a failed check.
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

  // More than any child needs, less than the limit of a test.
  static constexpr unsigned kLimitSeconds = 100;

  static Ends NewLine() {
    int ends[2] = {-1, -1};
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    return {ends[0], ends[1]};
  }

  template <typename Body>
  Child(const Ends& ends, const Body& body) : line_(ends.parent) {
    // Otherwise both processes would print the buffered output.
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

  Signals line_;
  pid_t id_ = -1;
};

template <typename Body>
void RunInChild(const Body& body) {
  Child([&body](const Signals&) { body(); }).Join();
}

// Redirects standard error of this process, which should be a child, to a file.
inline void RedirectErrors(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  CHECK(dup2(file, STDERR_FILENO) != -1);
  close(file);
}

// Simulates a disk that is full once a file has `size` bytes, for this process, which should be a
// child, as long as the object lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) {
    std::signal(SIGXFSZ, SIG_IGN);
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const struct rlimit lower = {size, before_.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &lower), 0);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  struct rlimit before_ = {};
};

}  // namespace dllogger
