# A service on the core alone loads few libraries: those of no store, no TLS and no HTTP/2.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ldd ${BINARY} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${text}")
list(LENGTH lines count)
if(count GREATER 10)
  message(FATAL_ERROR "${BINARY} loads ${count} shared objects, over 10:\n${text}")
endif()
if(text MATCHES "libssl|libcrypto|libsqlite|libmongoc|libbson|libnghttp2")
  message(FATAL_ERROR "${BINARY} loads the library of a component that it doesn't use:\n${text}")
endif()
