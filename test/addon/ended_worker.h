// Ends a worker in the middle of the addon. A copy of the addon includes this file before
// everything else. Of a worker's calls of Node-API, the call with the number DLLOGGER_END_AT first
// makes the engine end the worker, as terminate() may at any moment. From then on such calls fail.
#pragma once

#include <node_api.h>

#include <cstdlib>

inline void EndIfDue(napi_env env) {
  thread_local int calls = 0;
  const char* due = std::getenv("DLLOGGER_END_AT");
  if (due == nullptr || ++calls != std::atoi(due)) return;
  const char code[] = "process.reallyExit(0)";
  napi_value script = nullptr;
  napi_value result = nullptr;
  if (napi_create_string_utf8(env, code, sizeof(code) - 1, &script) != napi_ok) return;
  static_cast<void>(napi_run_script(env, script, &result));
}

template <typename... Parameters>
auto Ending(napi_status(NAPI_CDECL* call)(napi_env, Parameters...)) {
  return [call](napi_env env, Parameters... arguments) {
    EndIfDue(env);
    return call(env, arguments...);
  };
}

#define napi_add_env_cleanup_hook Ending(napi_add_env_cleanup_hook)
#define napi_create_array Ending(napi_create_array)
#define napi_create_arraybuffer Ending(napi_create_arraybuffer)
#define napi_create_buffer_copy Ending(napi_create_buffer_copy)
#define napi_create_double Ending(napi_create_double)
#define napi_create_external_arraybuffer Ending(napi_create_external_arraybuffer)
#define napi_create_function Ending(napi_create_function)
#define napi_create_object Ending(napi_create_object)
#define napi_create_reference Ending(napi_create_reference)
#define napi_create_threadsafe_function Ending(napi_create_threadsafe_function)
#define napi_create_typedarray Ending(napi_create_typedarray)
#define napi_define_class Ending(napi_define_class)
#define napi_define_properties Ending(napi_define_properties)
#define napi_detach_arraybuffer Ending(napi_detach_arraybuffer)
#define napi_get_array_length Ending(napi_get_array_length)
#define napi_get_arraybuffer_info Ending(napi_get_arraybuffer_info)
#define napi_get_boolean Ending(napi_get_boolean)
#define napi_get_cb_info Ending(napi_get_cb_info)
#define napi_get_reference_value Ending(napi_get_reference_value)
#define napi_get_typedarray_info Ending(napi_get_typedarray_info)
#define napi_get_undefined Ending(napi_get_undefined)
#define napi_get_value_bool Ending(napi_get_value_bool)
#define napi_get_value_string_utf8 Ending(napi_get_value_string_utf8)
#define napi_get_value_uint32 Ending(napi_get_value_uint32)
#define napi_is_arraybuffer Ending(napi_is_arraybuffer)
#define napi_is_typedarray Ending(napi_is_typedarray)
#define napi_new_instance Ending(napi_new_instance)
#define napi_remove_wrap Ending(napi_remove_wrap)
#define napi_set_element Ending(napi_set_element)
#define napi_set_instance_data Ending(napi_set_instance_data)
#define napi_set_named_property Ending(napi_set_named_property)
#define napi_typeof Ending(napi_typeof)
#define napi_unwrap Ending(napi_unwrap)
#define napi_wrap Ending(napi_wrap)
