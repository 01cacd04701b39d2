import Basics
import Experiments
import JSON

extension NativeActivity.Invocation {
    /// An argument; `null` when it is absent.
    func argument(_ name: String) -> JSONValue { arguments[name] ?? .null }

    /// An argument that Python takes for true: not null, not empty, not zero; nil otherwise.
    func given(_ name: String) -> JSONValue? {
        let value = argument(name)
        return value.isTruthy ? .some(value) : .none
    }

    /// An argument in seconds, at most `limit` before or after zero; `usual` when it is null.
    ///
    /// Numbers beyond what a `Duration` holds would end the process.
    func seconds(
        _ name: String, default usual: Double = 0, upTo limit: Double = 86_400 * 366
    ) throws(ExperimentError) -> Duration {
        let seconds = argument(name).doubleValue ?? usual
        guard abs(seconds) <= limit else {
            throw .failedActivity("\(name) is \(argument(name).pythonText), the most is \(Int(limit)) seconds")
        }
        return .seconds(seconds)
    }

    /// The same invocation with some arguments replaced, for functions that call others.
    func with(_ others: JSONObject) -> Self {
        var changed = self
        for (name, value) in others { changed.arguments[name] = value }
        return changed
    }

    /// Marks what an invocation makes: a comment, a tag or a name, such as `tocsin 1f…`.
    ///
    /// By it an undo finds what was made also after a crash between making and remembering.
    var marker: String {
        let text = Array("\(seed) ".utf8) + JSONValue.object(arguments).serialized(.sortedKeys)
        return "tocsin " + Digest.sha256Hex(text).prefix(16)
    }
}

extension JSONValue {
    /// The elements of a list; empty for another kind of value.
    var elements: [JSONValue] { arrayValue ?? [] }

    /// The texts in a list.
    var texts: [String] { elements.compactMap(\.stringValue) }

    /// A list of texts.
    init(texts: [String]) { self = .array(texts.map { .string($0) }) }

    /// A list of `{"Key": …, "Value": …}` as a dictionary; ECS writes the names in lower case.
    var tags: [String: String] {
        var tags: [String: String] = [:]
        for tag in elements {
            guard let key = (tag["Key"] ?? tag["key"])?.stringValue else { continue }
            tags[key] = (tag["Value"] ?? tag["value"])?.stringValue ?? ""
        }
        return tags
    }
}
