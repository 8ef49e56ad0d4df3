// The live writers of this process, for the process's end. Never destroyed: the last threads of a
// process may still use the registry while statics are destroyed.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace dllogger {

class Writer;

class WriterRegistry {
 public:
  // The only one.
  static WriterRegistry& Instance();

  void Add(std::shared_ptr<Writer> writer);
  void Remove(const Writer* writer);
  // Closes every writer that is left.
  void CloseAll();

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Writer>> writers_;
};

}  // namespace dllogger
