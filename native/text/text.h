// A growing buffer of characters that reports exhausted memory instead of throwing.
//
// Owner: the writer thread. Keeps its memory until Clear() finds it too large.
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

  // True from the first failed request for room until the next Clear().
  bool IsExhausted() const { return exhausted_; }
  // Memory for something that belongs to the text is exhausted.
  void NoteExhausted() { exhausted_ = true; }

  // The end of the text. A caller asks for Room(), writes there, and keeps what was written by
  // Advance().
  char* End() { return data_.get() + size_; }
  void Advance(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }

  // Makes room for `count` characters at `out`, which is the end of the text or lies behind it.
  // Returns the same place in the buffer, whose address may have changed; nullptr when memory is
  // exhausted.
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

  // Drops the characters from `size` on.
  void Cut(std::size_t size) { size_ = size; }

  // Drops all characters. Frees the buffer if one huge record made it more than twice `capacity`.
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
