# A service on the core alone loads few libraries: OpenSSL, and those of no store.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ldd ${BINARY} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${text}")
list(LENGTH lines count)
if(count GREATER 12)
  message(FATAL_ERROR "${BINARY} loads ${count} shared objects, over 12:\n${text}")
endif()
if(text MATCHES "libsqlite|libmongoc|libbson")
  message(FATAL_ERROR "${BINARY} loads the library of a component that it doesn't use:\n${text}")
endif()
