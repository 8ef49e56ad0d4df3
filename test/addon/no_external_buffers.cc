// Electron's Node-API, which allows no buffer over memory that the engine has not allocated: linked
// into a copy of the addon, whose name for the function is another one.
#include <js_native_api.h>

#include <cstddef>

extern "C" napi_status napi_create_external_arraybuffer(napi_env, void*, std::size_t,
                                                        node_api_basic_finalize, void*,
                                                        napi_value*) {
  return napi_no_external_buffers_allowed;
}
