import Basics
import Experiments
import JSON

extension NativeActivity.Invocation {
    /// An argument; `null` when it is absent.
    func argument(_ name: String) -> JSONValue { arguments[name] ?? .null }

    /// An argument that Python takes for true: not null, not empty, not zero, not false; nil otherwise.
    ///
    /// As `if name:` in the original functions, so that 0 and `""` are not given. For those that choose what an action
    /// hits ``refuseEmptyArguments(_:)`` has refused what is empty before.
    func given(_ name: String) -> JSONValue? {
        let value = argument(name)
        return value.isTruthy ? .some(value) : .none
    }

    /// Refuses an optional argument that is empty, such as one of a variable that resolved to nothing.
    ///
    /// Left out, most of them make an action hit all that there is. Who means that leaves them out.
    func refuseEmptyArguments(_ declared: [NativeActivity.Argument]) throws(ExperimentError) {
        for argument in declared where !Self.mayBeEmpty.contains(argument.name) {
            guard let fallback = argument.fallback, let value = arguments[argument.name], value != fallback,
                value == "" || value == [] || value == [:]
            else { continue }
            throw .failedActivity(
                "\(argument.name) is empty: give a value, or leave it out where \(fallback.pythonText) is meant")
        }
    }

    /// Arguments that choose nothing, and have a meaning when they are empty.
    private static var mayBeEmpty: Set<String> {
        [
            "allowed_pattern", "client_context", "comment", "context", "description", "exception_msg",
            "function_arguments", "parameters", "reason", "state",
        ]
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

    /// How many a percentage of a number is, rounded towards zero as by Python's `int`.
    ///
    /// What an `Int` does not hold is its largest or smallest value.
    static func share(_ percent: Double, of count: Int) -> Int {
        let share = (Double(count) * percent / 100).rounded(.towardZero)
        return Int(exactly: share) ?? (share < 0 ? .min : .max)
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
