// No type of the notes can be held so that GCC 12 breaks it: see sundown/task.hpp.
#include "app/notes/note_store.hpp"
#include "support/survives_gcc12.hpp"

namespace sundown::storage {

template <class... T>
constexpr bool all_survive = (test::survives_gcc12<T> && ...);

static_assert(all_survive<note_draft, note, note_page, page_bounds, note_store>,
              "a type that coroutines take is an aggregate: give it a constructor");

}  // namespace sundown::storage
