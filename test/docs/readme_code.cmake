# The service in README.md compiles against the public headers.
cmake_minimum_required(VERSION 3.25)

file(READ ${ROOT}/README.md text)
set(opening "```cpp\n")
string(FIND "${text}" "${opening}" begin)
if(begin EQUAL -1)
  message(FATAL_ERROR "README.md shows no service")
endif()
string(LENGTH "${opening}" length)
math(EXPR begin "${begin} + ${length}")
string(SUBSTRING "${text}" ${begin} -1 text)
string(FIND "${text}" "```" end)
string(SUBSTRING "${text}" 0 ${end} code)
file(WRITE ${WORK}/readme.cpp "${code}")

list(TRANSFORM INCLUDES PREPEND -I)
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -I ${ROOT}/include ${INCLUDES} ${WORK}/readme.cpp
  RESULT_VARIABLE failed ERROR_VARIABLE errors)
if(failed)
  message(FATAL_ERROR "The service in README.md does not compile:\n${errors}")
endif()
