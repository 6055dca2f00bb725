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

span database_call(const parent& above, const database_address& which, std::string_view operation,
                   std::string_view collection) {
  auto made = database_call(above, which.system, operation, collection);
  if (!made.recording()) return made;
  if (!which.name_space.empty()) made.set("db.namespace", which.name_space);
  if (which.server.empty()) return made;
  made.set("server.address", which.server);
  if (which.port != 0) made.set("server.port", which.port);
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
