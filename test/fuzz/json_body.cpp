// Structs out of JSON: what is read is what Boost.JSON's tree of the same text has, by a slow reader beside it.
#include <sundown/http/json.hpp>

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/operators.hpp>
#include <boost/json/parse.hpp>

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>

namespace sundown::fuzz {

enum class speed { slow, fast };
BOOST_DESCRIBE_ENUM(speed, slow, fast)

struct parcel_item {
  std::uint8_t count = 0;
  std::string what;
};
BOOST_DESCRIBE_STRUCT(parcel_item, (), (count, what))

struct parcel {
  std::int64_t number = 0;
  double weight = 0;
  bool fragile = false;
  std::optional<std::string> memo;
  std::vector<parcel_item> items;
  std::map<std::string, int> marks;
  speed how = speed::slow;
  boost::json::value more;
};
BOOST_DESCRIBE_STRUCT(parcel, (), (number, weight, fragile, memo, items, marks, how, more))

namespace {

using boost::json::value;
using member_place = std::string;
/// Where the first member is that is missing or of another shape.
using first_fault = std::optional<member_place>;

first_fault model(const value& from, std::string& into) {
  if (!from.is_string()) return "";
  into = from.get_string();
  return {};
}

first_fault model(const value& from, bool& into) {
  if (!from.is_bool()) return "";
  into = from.get_bool();
  return {};
}

first_fault model(const value& from, double& into) {
  if (!from.is_number()) return "";
  if (from.is_int64()) into = static_cast<double>(from.get_int64());
  if (from.is_uint64()) into = static_cast<double>(from.get_uint64());
  if (from.is_double()) into = from.get_double();
  if (std::isinf(into)) return "";
  return {};
}

template <std::integral T>
first_fault model(const value& from, T& into) {
  if (from.is_int64() && std::in_range<T>(from.get_int64()))
    into = static_cast<T>(from.get_int64());
  else if (from.is_uint64() && std::in_range<T>(from.get_uint64()))
    into = static_cast<T>(from.get_uint64());
  else if (from.is_double() && std::trunc(from.get_double()) == from.get_double() &&
           from.get_double() >= static_cast<double>(std::numeric_limits<T>::min()) &&
           from.get_double() < std::ldexp(1.0, std::numeric_limits<T>::digits))
    into = static_cast<T>(from.get_double());
  else
    return "";
  return {};
}

first_fault model(const value& from, speed& into) {
  if (!from.is_string() || (from.get_string() != "slow" && from.get_string() != "fast")) return "";
  into = from.get_string() == "slow" ? speed::slow : speed::fast;
  return {};
}

first_fault model(const value& from, value& into) {
  into = from;
  return {};
}

member_place inside(const member_place& outer, const member_place& inner) {
  return inner.empty() || inner.front() == '[' ? outer + inner : outer + '.' + inner;
}

first_fault model(const value& from, std::vector<parcel_item>& into);
first_fault model(const value& from, std::map<std::string, int>& into);

template <class T>
first_fault model_member(const boost::json::object& from, const char* name, T& into) {
  const auto* const found = from.if_contains(name);
  if (!found) return name;
  if (const auto fault = model(*found, into)) return inside(name, *fault);
  return {};
}

first_fault model(const value& from, parcel_item& into) {
  if (!from.is_object()) return "";
  if (auto fault = model_member(from.get_object(), "count", into.count)) return fault;
  return model_member(from.get_object(), "what", into.what);
}

first_fault model(const value& from, std::vector<parcel_item>& into) {
  if (!from.is_array()) return "";
  for (const auto& each : from.get_array()) {
    parcel_item item;
    if (const auto fault = model(each, item)) return inside('[' + std::to_string(into.size()) + ']', *fault);
    into.push_back(item);
  }
  return {};
}

first_fault model(const value& from, std::map<std::string, int>& into) {
  if (!from.is_object()) return "";
  std::map<std::string, value> sorted;
  for (const auto& [name, each] : from.get_object()) sorted[name] = each;
  for (const auto& [name, each] : sorted)
    if (const auto fault = model(each, into[name])) return inside(name, *fault);
  return {};
}

first_fault model(const value& from, parcel& into) {
  if (!from.is_object()) return "";
  const auto& object = from.get_object();
  if (auto fault = model_member(object, "number", into.number)) return fault;
  if (auto fault = model_member(object, "weight", into.weight)) return fault;
  if (auto fault = model_member(object, "fragile", into.fragile)) return fault;
  if (const auto* const memo = object.if_contains("memo"); memo && !memo->is_null())
    if (auto fault = model_member(object, "memo", into.memo.emplace())) return fault;
  if (auto fault = model_member(object, "items", into.items)) return fault;
  if (auto fault = model_member(object, "marks", into.marks)) return fault;
  if (auto fault = model_member(object, "how", into.how)) return fault;
  return model_member(object, "more", into.more);
}

std::string written(const parcel& what) { return boost::json::serialize(boost::json::value_from(what)); }

}  // namespace

void json_body(std::string_view input) {
  boost::system::error_code none;
  boost::json::parse_options nearest;
  nearest.numbers = boost::json::number_precision::precise;
  const auto tree = boost::json::parse(input, none, {}, nearest);
  const auto any = http::parse_json<value>(input);
  const auto read = http::parse_json<parcel>(input);
  require(!none == any.has_value(), "a text is JSON if Boost.JSON says so", none.message());
  if (none) {
    require(any.error().code == errc::malformed && read.error().code == errc::malformed,
            "what is no JSON is malformed");
    require(!any.error().shown.empty() && any.error().detail.empty(), "and the client is told why");
    return;
  }
  const auto found = boost::json::serialize(*any), wanted = boost::json::serialize(tree);
  require(found == wanted, "the tree is Boost.JSON's", found, wanted);
  parcel expected;
  const auto fault = model(tree, expected);
  require(read.has_value() == !fault, "a struct is read if each member is there",
          read ? written(*read) : read.error().shown, fault ? *fault : "");
  if (fault) {
    const auto subject = fault->empty() ? std::string("The JSON must ") : '\'' + *fault + "' ";
    require(read.error().code == errc::invalid, "what is of another shape is invalid");
    require(read.error().shown.starts_with(subject), "the first wrong member is named", read.error().shown, subject);
    return;
  }
  const auto text = written(*read);
  require(text == written(expected), "every member has what the tree has", text, written(expected));
  const auto again = http::parse_json<parcel>(text);
  require(again && written(*again) == text, "what is written can be read", text);
}

}  // namespace sundown::fuzz
