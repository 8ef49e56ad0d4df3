// JavaScript's view of a ring: a buffer over its memory. Owner: the JavaScript thread.
#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "ring/ring.h"

namespace dllogger {

class RingMemory {
 public:
  Napi::ArrayBuffer Buffer() const { return buffer_.Value(); }

  // Wraps the ring's memory in a buffer that owns a reference: JavaScript may hold it longer than
  // the log is open. False if the runtime allows no external memory in a buffer.
  bool HandOver(Napi::Env env, const std::shared_ptr<void>& ring) {
    auto owner = std::make_unique<std::shared_ptr<void>>(ring);
    napi_value buffer = nullptr;
    const napi_status status = napi_create_external_arraybuffer(
        env, owner->get(), Ring::kMemorySize,
        [](napi_env, void*, void* hint) {
          const std::unique_ptr<std::shared_ptr<void>> released(
              static_cast<std::shared_ptr<void>*>(hint));
        },
        owner.get(), &buffer);
    if (status != napi_ok) return false;
    owner_ = owner.release();
    buffer_ = Napi::Persistent(Napi::ArrayBuffer(env, buffer));
    return true;
  }

  // Empties the buffer and frees its memory: a late garbage collection would hold a mapping for
  // each closed log.
  void TakeBack() {
    if (owner_ != nullptr && !buffer_.IsEmpty()) {
      Napi::ArrayBuffer buffer = buffer_.Value();
      // Taken out beforehand: Deno and Bun run the finalizer, which deletes the owner, at once.
      std::shared_ptr<void> ring = std::move(*owner_);
      if (napi_detach_arraybuffer(buffer.Env(), buffer) != napi_ok) *owner_ = std::move(ring);
    }
    owner_ = nullptr;
    buffer_.Reset();
  }

 private:
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  std::shared_ptr<void>* owner_ = nullptr;  // the buffer's finalizer deletes it
};

// Whether the runtime allows external memory in a buffer. The buffer of this check is left to the
// collector: detaching it would make V8 check, at each later use of any typed array in the program,
// whether its memory is still there.
inline bool HasExternalBuffers(napi_env env) {
  static double probe = 0;
  napi_value buffer = nullptr;
  const auto nothing = [](napi_env, void*, void*) {};
  return napi_create_external_arraybuffer(env, &probe, sizeof(probe), nothing, nullptr, &buffer) ==
         napi_ok;
}

}  // namespace dllogger
