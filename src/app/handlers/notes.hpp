#pragma once

#include "app/note_events.hpp"

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/storage/note_store.hpp>
#include <sundown/task.hpp>

namespace sundown::app {

task<http::response> create_note(const http::request& asked, storage::note_store& notes, note_events& events);
task<http::response> list_notes(const http::request& asked, storage::note_store& notes);
task<http::response> get_note(const http::request& asked, storage::note_store& notes);
task<http::response> replace_note(const http::request& asked, storage::note_store& notes, note_events& events);
task<http::response> delete_note(const http::request& asked, storage::note_store& notes, note_events& events);

}  // namespace sundown::app
