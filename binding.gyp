# For node-gyp, and whatever builds by it: the sources of CMakeLists.txt, which is the one that is used
# here and the only one packed. On Windows only CMake builds.
{
  "targets": [
    {
      "target_name": "dllogger",
      "sources": [
        "<!@(node -p \"['text','record','ring','log','writer','node'].flatMap((d)=>require('fs').readdirSync('native/'+d).filter((f)=>f.endsWith('.cc')).map((f)=>'native/'+d+'/'+f)).join(' ')\")",
        "<!@(node -p \"require('fs').readdirSync('native/platform').filter((f)=>/^posix.*[.]cc$/.test(f)).map((f)=>'native/platform/'+f).join(' ')\")"
      ],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": [
        "NAPI_VERSION=8",
        "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS",
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        "DLLOGGER_VERSION=\"<!(node -p \"require('./package.json').version\")\""
      ],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "conditions": [
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "11.0"
          }
        }, {
          "ldflags": ["-Wl,-z,nodelete", "-Wl,--gc-sections", "-Wl,--version-script=<(module_root_dir)/native/node/exports.map"]
        }]
      ]
    }
  ]
}
