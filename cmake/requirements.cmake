# What the core and each component stand on, each with the package of Debian that has it. Both read this: the build, and
# the installed package in the service that looks for it.

# Calls find_package with what follows `debian`; what isn't there is appended to `sundown_missing`, as Debian's package.
macro(sundown_require debian package)
  find_package(${package} ${ARGN} QUIET)
  if(NOT ${package}_FOUND)
    list(APPEND sundown_missing ${debian})
  endif()
endmacro()

# The requirements of "core" or of a component; `scope` is GLOBAL or nothing. A component that isn't known has none.
macro(sundown_require_all component scope)
  if("${component}" STREQUAL "core")
    sundown_require(libc6-dev Threads ${scope})
    sundown_require(libspdlog-dev spdlog CONFIG ${scope})
    sundown_require(libtomlplusplus-dev tomlplusplus CONFIG ${scope})
    sundown_require(prometheus-cpp-dev prometheus-cpp CONFIG ${scope})
  elseif("${component}" STREQUAL "sqlite")
    sundown_require(libsqlite3-dev SQLite3 ${scope})
  elseif("${component}" MATCHES "^(redis|tls|http_client|otlp)$")
    sundown_require(libssl-dev OpenSSL 3.0 ${scope})
  elseif("${component}" STREQUAL "http2")
    include(${CMAKE_CURRENT_LIST_DIR}/nghttp2.cmake)
  elseif("${component}" STREQUAL "mongodb")
    include(${CMAKE_CURRENT_LIST_DIR}/mongo_driver.cmake)
  endif()
endmacro()
