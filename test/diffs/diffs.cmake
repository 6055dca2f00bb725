# What a newcomer changes, done on a copy of src/app which then must compile: an endpoint, a resource with a key, another
# name, and the notes gone. How many files and lines each takes is part of the promise.
cmake_minimum_required(VERSION 3.25)
list(TRANSFORM INCLUDES PREPEND -I)

function(fresh_copy)
  file(REMOVE_RECURSE ${WORK}/src)
  file(COPY ${ROOT}/src/app DESTINATION ${WORK}/src)
endfunction()

# Fails unless a source of the copy compiles, in src/app or test/app.
function(expect_source_compiles what source)
  execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -DSUNDOWN_VERSION="1" -DSUNDOWN_SOURCE_DIR="/"
    -I ${WORK}/src -I ${WORK}/test -I ${ROOT}/test -I ${ROOT}/include ${INCLUDES} ${WORK}/${source}
    RESULT_VARIABLE failed ERROR_VARIABLE errors)
  if(failed)
    message(FATAL_ERROR "${what}: ${source} does not compile:\n${errors}")
  endif()
endfunction()

# In the copy's `file`, `from`, which must be there, becomes `into`.
function(change file from into)
  file(READ ${WORK}/src/app/${file} text)
  string(FIND "${text}" "${from}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "src/app/${file} has no '${from}' any more")
  endif()
  string(REPLACE "${from}" "${into}" text "${text}")
  file(WRITE ${WORK}/src/app/${file} "${text}")
endfunction()

# Takes the lines that contain one of the words out of the copy's `file`; adds their number to `removed`.
function(remove_lines file words)
  file(READ ${WORK}/src/app/${file} text)
  string(REPLACE ";" "<semicolon>" text "${text}") # it would part a list
  string(REGEX MATCHALL "\n[^\n]*(${words})[^\n]*" lines "${text}")
  list(LENGTH lines count)
  math(EXPR removed "${removed} + ${count}")
  set(removed ${removed} PARENT_SCOPE)
  foreach(line IN LISTS lines)
    string(REPLACE "${line}" "" text "${text}")
  endforeach()
  string(REPLACE "<semicolon>" ";" text "${text}")
  file(WRITE ${WORK}/src/app/${file} "${text}")
endfunction()

# Fails unless each source of the copy compiles that is given.
function(expect_compiles what)
  foreach(source IN LISTS ARGN)
    expect_source_compiles(${what} src/app/${source})
  endforeach()
endfunction()

# An endpoint: one file.
fresh_copy()
change(service.hpp [[  app.routes().get("/hello", hello);]] [[  app.routes().get("/hello", hello);
  app.routes().get("/bye", [](const http::request&) { return http::text("Goodbye!"); });]])
expect_compiles("an endpoint" main.cpp)

# A resource that the stop closes, with a key of its own: its file and one more.
fresh_copy()
file(WRITE ${WORK}/src/app/broker.hpp [[
#pragma once
#include <sundown/keys.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>
namespace sundown::app {
struct broker_settings {
  std::string url;
};
inline keys<broker_settings> broker_keys() {
  keys<broker_settings> own("broker");
  own.url(&broker_settings::url, "url", {"amqp"}, "Where events go");
  return own;
}
class broker {
 public:
  explicit broker(const broker_settings& given) : url_(given.url) {}
  boost::asio::awaitable<void> close() { co_return; }
 private:
  std::string url_;
};
}  // namespace sundown::app
]])
change(service.hpp [[#include "app/demo/demo.hpp"]] "#include \"app/broker.hpp\"\n#include \"app/demo/demo.hpp\"")
change(service.hpp "  demo_settings demo;" "  demo_settings demo;\n  broker_settings broker;")
change(service.hpp "  return all;" "  all.include(&settings::broker, broker_keys());\n  return all;")
change(service.hpp "  add_notes(" "  app.add<broker>(\"broker\", own.broker);\n  add_notes(")
expect_compiles("a resource with a key" main.cpp)

# Another name: one line.
fresh_copy()
change(main.cpp [[{"sundown",]] [[{"orders",]])
expect_compiles("another name" main.cpp)

# Without the notes: the folder, and at most eight lines, of which CMakeLists.txt has two.
fresh_copy()
file(REMOVE_RECURSE ${WORK}/src/app/notes)
set(removed 0)
remove_lines(service.hpp "notes|storage")
remove_lines(hello.cpp "notes")
remove_lines(CMakeLists.txt "notes\\)")
if(removed GREATER 8)
  message(FATAL_ERROR "the notes are named in ${removed} lines of src/app beside their folder")
endif()
expect_compiles("without the notes" main.cpp hello.cpp demo/demo.cpp)
file(READ ${WORK}/src/app/CMakeLists.txt text)
if(text MATCHES "notes")
  message(FATAL_ERROR "CMakeLists.txt still names the notes:\n${text}")
endif()

# The tests that stay ask for none of the notes: they name them nowhere, but where CMake looks whether their folder is
# there. The one of the API's description includes all that these tests share.
file(REMOVE_RECURSE ${WORK}/test)
file(COPY ${ROOT}/test/app DESTINATION ${WORK}/test)
file(REMOVE_RECURSE ${WORK}/test/app/notes)
file(GLOB_RECURSE files ${WORK}/test/app/*.cpp ${WORK}/test/app/*.hpp ${ROOT}/test/container/*.cpp)
foreach(file IN LISTS files)
  file(STRINGS ${file} lines REGEX "([^a-z_]|^)notes?([^a-z_]|$)|sqlite_|mongo|redis_")
  if(lines)
    message(FATAL_ERROR "${file} still needs the notes: ${lines}")
  endif()
endforeach()
expect_source_compiles("tests without the notes" test/app/openapi_answers_test.cpp)
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/test/*.cpp ${ROOT}/test/*.hpp)
list(FILTER files EXCLUDE REGEX "^test/app/notes/")
foreach(file IN LISTS files)
  file(STRINGS ${ROOT}/${file} lines REGEX "#include \"app/notes/")
  if(lines)
    message(FATAL_ERROR "${file} stays when the notes go, and includes of them: ${lines}")
  endif()
endforeach()

# What they leave in the files beside the program is their own sections: with these gone nothing names them.
function(expect_only_in file from to)
  file(READ ${ROOT}/config/${file} text)
  string(FIND "${text}" "${from}" begin)
  string(FIND "${text}" "${to}" end)
  if(begin EQUAL -1 OR end LESS begin)
    message(FATAL_ERROR "config/${file} has no part from '${from}' to '${to}' any more")
  endif()
  string(SUBSTRING "${text}" 0 ${begin} before)
  string(SUBSTRING "${text}" ${end} -1 after)
  string(TOLOWER "${before}${after}" rest)
  string(REGEX MATCH "[^\n]*([^a-z_]notes?[^a-z_]|sqlite|mongo|redis)[^\n]*" line "${rest}")
  if(line)
    message(FATAL_ERROR "config/${file} names the notes outside of their part: ${line}")
  endif()
endfunction()
expect_only_in(service.toml "[storage]\n" "[storage.blocking]")
expect_only_in(container.toml "[storage.sqlite]\n" "[log]")
expect_only_in(systemd/sundown.service "Environment=SUNDOWN_STORAGE" "# One for each connection.")
