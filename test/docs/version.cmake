# project() says the version; what can't ask for it says the same: the changelog's newest entry, the example's image
# tag, and each find_package and tag that tests and pages show.
cmake_minimum_required(VERSION 3.25)

function(expect file pattern wanted)
  file(READ ${ROOT}/${file} text)
  if(NOT text MATCHES "${pattern}")
    message(SEND_ERROR "${file} has nothing like ${pattern}")
  elseif(NOT CMAKE_MATCH_1 STREQUAL wanted)
    message(SEND_ERROR "${file} says ${CMAKE_MATCH_1}, project() says ${wanted}")
  endif()
endfunction()

expect(CHANGELOG.md "\n## ([^ \n]+) - [0-9]+-[0-9]+-[0-9]+\n" ${VERSION})
expect(config/kubernetes/overlays/production/kustomization.yaml "newTag: ([^ \n]+)" ${VERSION})

string(REGEX MATCH "^[0-9]+\\.[0-9]+" minor ${VERSION})
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/docs/*.md ${ROOT}/test/*/CMakeLists.txt)
foreach(file README.md ${files})
  file(READ ${ROOT}/${file} text)
  string(REGEX MATCHALL "find_package\\(sundown [0-9][0-9.]*|GIT_TAG v[0-9][0-9.]*" mentions "${text}")
  foreach(mention IN LISTS mentions)
    if(NOT mention MATCHES "^find_package.* ${minor}$" AND NOT mention STREQUAL "GIT_TAG v${VERSION}")
      message(SEND_ERROR "${file} has ${mention}, where the version is ${VERSION}")
    endif()
  endforeach()
endforeach()
