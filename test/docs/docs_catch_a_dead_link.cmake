cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/check_docs.cmake)

set(good_readme "# Orders\n\n## The stop\n\nSee [stop](#the-stop), [drain](docs/drain.md#the-end-of-a-connection).\n")
set(good_page "# Drain\n\n## The end of a `connection`\n\n[back](../README.md)\n")

# Fails unless a tree of these two pages has exactly the faults given.
function(expect readme page)
  file(REMOVE_RECURSE ${WORK})
  file(WRITE ${WORK}/README.md "${readme}")
  file(WRITE ${WORK}/docs/drain.md "${page}")
  file(WRITE ${WORK}/src/app/main.cpp "int main() {}\n")
  check_docs(${WORK} faults)
  set(expected ${ARGN})
  if(NOT "${faults}" STREQUAL "${expected}")
    message(SEND_ERROR "${readme}\n${page}\n  expected: ${expected}\n  got: ${faults}")
  endif()
endfunction()

expect("${good_readme}" "${good_page}")
expect("${good_readme}[main](src/app/main.cpp), [app](src/app), ![chart](src/app/main.cpp)\n" "${good_page}")
expect("${good_readme}" "${good_page}[RFC](https://www.rfc-editor.org/rfc/rfc9110#section-15), [mail](mailto:a@b.c)\n")
expect("${good_readme}```cpp\nto.get(\"/\", [&](const request& asked) { return 0; });\n```\nInline `[](gone.md)`.\n" "${good_page}")

expect("${good_readme}[run](src/app/run.cpp)\n" "${good_page}" "README.md: there is no src/app/run.cpp")
expect("${good_readme}" "${good_page}[main](src/app/main.cpp)\n" "docs/drain.md: there is no src/app/main.cpp")
expect("${good_readme}![chart](docs/gone.svg)\n" "${good_page}" "README.md: there is no docs/gone.svg")
expect("${good_readme}[a](gone.md) and [b](gone.svg)\n" "${good_page}" "README.md: there is no gone.md"
  "README.md: there is no gone.svg")
expect("${good_readme}[end](#the-end)\n" "${good_page}" "README.md: there is no heading for #the-end")
expect("${good_readme}" "${good_page}[stop](../README.md#orders-stop)\n"
  "docs/drain.md: there is no heading for ../README.md#orders-stop")
expect("${good_readme}```\n# The end\n```\n[end](#the-end)\n" "${good_page}" "README.md: there is no heading for #the-end")
expect("# Orders\n" "${good_page}" "README.md: no link leads to docs/drain.md")
string(REPEAT "line\n" 196 rest)  # behind the five of the good one
expect("${good_readme}${rest}" "${good_page}"
  "README.md: 201 lines, over 200: what isn't for the first look belongs in docs/")
string(REPEAT "line [x; \\\n" 195 rest)
expect("${good_readme}${rest}" "${good_page}")
