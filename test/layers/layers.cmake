cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake)

check_layers(${ROOT} faults)
list(JOIN faults "\n  " lines)
if(faults)
  message(FATAL_ERROR "Dependencies point one way, app -> service -> http, storage -> process -> stop -> config -> log -> base:\n  ${lines}")
endif()
