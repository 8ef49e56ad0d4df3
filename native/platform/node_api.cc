// Windows: finds Node-API in the program that loaded the addon, whatever its name. The compiler
// calls every function through a pointer that a linker fills from an import library; this file
// fills it.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

namespace {

// Stands for a function that the program lacks: returns napi_generic_failure.
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
