cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/check_docs.cmake)

check_docs(${ROOT} faults)
list(JOIN faults "\n  " lines)
if(faults)
  message(FATAL_ERROR "README.md and docs/:\n  ${lines}")
endif()
