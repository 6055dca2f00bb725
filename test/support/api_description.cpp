#include "support/api_description.hpp"

#include "support/yaml.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

namespace sundown::test {

namespace json = boost::json;

namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("can't read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

bool has_type(const json::value& value, std::string_view name) {
  if (name == "object") return value.is_object();
  if (name == "array") return value.is_array();
  if (name == "string") return value.is_string();
  if (name == "integer") return value.is_int64() || value.is_uint64();
  if (name == "boolean") return value.is_bool();
  if (name == "null") return value.is_null();
  throw std::runtime_error("unknown type " + std::string(name));
}

bool has_format(const std::string& text, std::string_view name) {
  if (name == "uuid") return std::regex_match(text, std::regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  if (name == "date-time") return std::regex_match(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"));
  if (name == "uri-reference") return std::regex_match(text, std::regex(R"(/[!-~]*)"));
  throw std::runtime_error("unknown format " + std::string(name));
}

}  // namespace

api_description::api_description(const std::filesystem::path& file) : whole_(read_yaml(content_of(file))) {}

std::vector<api_description::operation> api_description::operations() const {
  std::vector<operation> all;
  for (const auto& path : whole_.at("paths").as_object()) {
    for (const auto& member : path.value().as_object()) {
      if (member.key() != "parameters") all.push_back({member.key(), path.key(), &member.value().as_object()});
    }
  }
  return all;
}

const json::value& api_description::resolved(const json::value& part) const {
  const auto* reference = part.is_object() ? part.get_object().if_contains("$ref") : nullptr;
  return reference ? whole_.at_pointer(std::string_view(reference->as_string()).substr(1)) : part;
}

std::string api_description::fault(const json::value& given, const json::value& value) const {
  const auto& schema = resolved(given).as_object();
  const auto shown = [&] { return json::serialize(value).substr(0, 200); };
  if (const auto* type = schema.if_contains("type")) {
    const bool fits =
        type->is_array()
            ? std::ranges::any_of(type->get_array(), [&](const auto& one) { return has_type(value, one.as_string()); })
            : has_type(value, type->as_string());
    if (!fits) return shown() + " is no " + json::serialize(*type);
  }
  if (const auto* only = schema.if_contains("const"); only && *only != value) return shown() + " is not the constant";
  const auto* minimum = schema.if_contains("minimum");
  if (minimum && value.to_number<double>() < minimum->to_number<double>()) return shown() + " is too small";
  if (value.is_string()) {
    const std::string text(value.get_string());
    const auto* least = schema.if_contains("minLength");
    if (least && text.size() < static_cast<std::size_t>(least->as_int64())) return shown() + " is too short";
    const auto* format = schema.if_contains("format");
    if (format && !has_format(text, format->as_string())) return shown() + " is no " + json::serialize(*format);
  }
  if (value.is_array() && schema.contains("items")) {
    for (const auto& item : value.get_array()) {
      if (auto wrong = fault(schema.at("items"), item); !wrong.empty()) return wrong;
    }
  }
  if (value.is_object()) {
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& name : required->as_array()) {
        if (!value.get_object().contains(name.as_string())) return shown() + " has no " + json::serialize(name);
      }
    }
    const auto* known = schema.if_contains("properties");
    for (const auto& member : value.get_object()) {
      const auto* property = known ? known->as_object().if_contains(member.key()) : nullptr;
      if (!property) property = schema.if_contains("additionalProperties");
      if (!property) continue;
      if (auto wrong = fault(*property, member.value()); !wrong.empty()) return wrong;
    }
  }
  if (const auto* choice = schema.if_contains("anyOf")) {
    const auto fits = [&](const auto& each) { return fault(each, value).empty(); };
    const bool one = std::ranges::any_of(choice->as_array(), fits);
    if (!one) return shown() + " fits none of anyOf";
  }
  return {};
}

std::string api_description::wrong_example() const { return wrong_example_in(whole_); }

std::string api_description::wrong_example_in(const json::value& part) const {
  if (part.is_array()) {
    for (const auto& item : part.get_array()) {
      if (auto wrong = wrong_example_in(item); !wrong.empty()) return wrong;
    }
  }
  if (!part.is_object()) return {};
  const auto& members = part.get_object();
  const auto* examples = members.if_contains("examples");
  if (examples && examples->is_array()) {
    for (const auto& example : examples->get_array()) {
      if (auto wrong = fault(part, example); !wrong.empty()) return wrong;
    }
  }
  if (const auto* value = members.if_contains("default"); value && members.contains("type")) {
    if (auto wrong = fault(part, *value); !wrong.empty()) return wrong;
  }
  for (const auto& member : members) {
    if (auto wrong = wrong_example_in(member.value()); !wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace sundown::test
