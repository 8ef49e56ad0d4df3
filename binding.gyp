{
  "targets": [
    {
      "target_name": "dllogger",
      "sources": ["<!@(node -p \"require('fs').readdirSync('native').filter((f)=>f.endsWith('.cc')).map((f)=>'native/'+f).join(' ')\")", "native/platform/posix.cc"],
      "include_dirs": ["native", "<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "ldflags": ["-Wl,-z,nodelete"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "13.3"
      }
    }
  ]
}
