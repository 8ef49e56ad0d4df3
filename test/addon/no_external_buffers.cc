// Behaves like Electron's Node-API, which allows no buffer over memory that the engine has not
// allocated. Linked into a copy of the addon; CMakeLists.txt renames the function, so that Node's
// own does not serve the call.
#include <js_native_api.h>

#include <cstddef>

extern "C" napi_status napi_create_external_arraybuffer(napi_env, void*, std::size_t,
                                                        node_api_basic_finalize, void*,
                                                        napi_value*) {
  return napi_no_external_buffers_allowed;
}
