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

  // Room for `count` more characters, to be written at the returned place and kept with Advance();
  // nullptr when there is no memory.
  char* Room(std::size_t count) {
    if (count > capacity_ - size_ && !Grow(count)) {
      exhausted_ = true;
      return nullptr;
    }
    return data_.get() + size_;
  }
  void Advance(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }

  bool Append(std::string_view piece) {
    char* out = Room(piece.size());
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
    if (capacity_ > 2 * capacity) {
      data_.reset();
      capacity_ = 0;
    }
  }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  bool Grow(std::size_t count) {
    std::size_t capacity = capacity_ == 0 ? 4096 : capacity_;
    while (capacity - size_ < count) capacity *= 2;
    auto* data = static_cast<char*>(std::realloc(data_.get(), capacity));
    if (data == nullptr) return false;
    // realloc has freed or moved the old block: it must not be freed again.
    static_cast<void>(data_.release());
    data_.reset(data);
    capacity_ = capacity;
    return true;
  }

  std::unique_ptr<char, Free> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool exhausted_ = false;
};

}  // namespace dllogger
