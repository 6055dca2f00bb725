# nghttp2's C core as sundown::nghttp2, which comes without a package for CMake. Without it Debian's package is appended
# to `sundown_missing`.
if(NOT TARGET sundown::nghttp2)
  find_path(NGHTTP2_HEADERS nghttp2/nghttp2.h)
  find_library(NGHTTP2_LIBRARY nghttp2)
  mark_as_advanced(NGHTTP2_HEADERS NGHTTP2_LIBRARY)
  if(NGHTTP2_HEADERS AND NGHTTP2_LIBRARY)
    add_library(sundown::nghttp2 UNKNOWN IMPORTED GLOBAL)
    set_target_properties(sundown::nghttp2 PROPERTIES IMPORTED_LOCATION ${NGHTTP2_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${NGHTTP2_HEADERS})
  else()
    list(APPEND sundown_missing libnghttp2-dev)
  endif()
endif()
