cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake)

check_layers(${ROOT} faults)
list(JOIN faults "\n  " lines)
if(faults)
  message(FATAL_ERROR "Dependencies point one way, app -> otlp -> http_client; app -> sqlite, mongodb, redis, tls, http2, http_client -> service -> http, blocking "
    "-> process -> stop -> config, trace -> log -> base, and the library stands without the sample:\n  ${lines}")
endif()
