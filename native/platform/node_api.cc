// Windows: Node-API as the program has it that has loaded us, whatever its name. Every function is
// called through a pointer that a linker would fill from an import library; we do it ourselves.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

namespace {

// Status napi_generic_failure, for a function that the program lacks.
int Missing() {
  return 9;
}

FARPROC Find(const char* name) {
  const FARPROC found = GetProcAddress(GetModuleHandleW(nullptr), name);
  return found != nullptr ? found : reinterpret_cast<FARPROC>(Missing);
}

}  // namespace

extern "C" {
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that the compiler gives such a pointer
#define NODE_API(name) FARPROC __imp_##name = Find(#name);
#include "node_api_names.h"
#undef NODE_API
}
