#include <sundown/trace/within.hpp>

#include <string>

namespace sundown::trace {

span database_call(const parent& above, std::string_view system, std::string_view operation,
                   std::string_view collection) {
  if (!above) return span();
  std::string name(operation);
  if (!collection.empty()) name.append(1, ' ').append(collection);
  auto made = above.child(name, kind::client);
  if (!made.recording()) return made;
  made.set("db.system.name", system).set("db.operation.name", operation);
  if (!collection.empty()) made.set("db.collection.name", collection);
  return made;
}

void set_error(span& of, const error& why) {
  if (!of.recording()) return;
  of.set("error.type", to_string(why.code));
  switch (why.code) {
    case errc::not_found:
    case errc::conflict:
    case errc::malformed:
      return;
    case errc::invalid:
    case errc::unavailable:
    case errc::busy:
    case errc::timed_out:
    case errc::canceled:
      return of.fail(why.detail);
  }
}

}  // namespace sundown::trace
