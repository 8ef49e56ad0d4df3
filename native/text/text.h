// A growing buffer of characters that tells when memory runs out instead of throwing.
//
// Owner: one thread at a time, the writer's. Keeps its memory until Shrink().
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace dllogger {

class Text {
 public:
  const char* Data() const { return data_.get(); }
  std::size_t Size() const { return size_; }

  // True once a request for room has failed, until the next Clear().
  bool IsExhausted() const { return exhausted_; }

  // Where the text ends: what is written there is kept with Advance(), and before that Room() is to
  // be asked for.
  char* End() { return data_.get() + size_; }
  void Advance(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }

  // Room for `count` characters at `out`, at or behind the end. Returns that place, which may have
  // moved with all that was written; nullptr when there is no memory.
  char* Room(char* out, std::size_t count) {
    return count <= static_cast<std::size_t>(limit_ - out) ? out : Grow(out, count);
  }

  bool Append(std::string_view piece) {
    char* out = Room(End(), piece.size());
    if (out == nullptr) return false;
    std::memcpy(out, piece.data(), piece.size());
    size_ += piece.size();
    return true;
  }

  // Forgets everything from `size` on.
  void Cut(std::size_t size) { size_ = size; }

  // Forgets everything, and gives back memory beyond `capacity` that one huge record needed.
  void Clear(std::size_t capacity) {
    size_ = 0;
    exhausted_ = false;
    if (Capacity() > 2 * capacity) {
      data_.reset();
      limit_ = nullptr;
    }
  }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  std::size_t Capacity() const { return static_cast<std::size_t>(limit_ - data_.get()); }

  char* Grow(const char* out, std::size_t count) {
    const auto used = static_cast<std::size_t>(out - data_.get());
    std::size_t capacity = Capacity() == 0 ? 4096 : Capacity();
    while (capacity - used < count) capacity *= 2;
    auto* data = static_cast<char*>(std::realloc(data_.get(), capacity));
    if (data == nullptr) {
      exhausted_ = true;
      return nullptr;
    }
    // realloc has freed or moved the old block: it must not be freed again.
    static_cast<void>(data_.release());
    data_.reset(data);
    limit_ = data + capacity;
    return data + used;
  }

  std::unique_ptr<char, Free> data_;
  std::size_t size_ = 0;
  char* limit_ = nullptr;
  bool exhausted_ = false;
};

}  // namespace dllogger
