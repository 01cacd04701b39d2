public import JSON

extension Tolerance {
    /// Something in a tolerance that Chaos Toolkit refuses before a run.
    public struct Fault: Sendable, Hashable {
        /// The place inside the tolerance: `pattern`, `range[0]`; empty for the tolerance itself.
        public let path: String
        /// What is wrong and what to write instead.
        public let message: String
    }

    /// All faults of a tolerance as it stands in the document, before substitution.
    ///
    /// A tolerance of type `probe` is an activity: whoever validates activities validates it. A tolerance that passes
    /// may still die in the run when a variable turns its pattern or path into something else.
    public static func faults(of tolerance: JSONValue) -> [Fault] {
        switch tolerance {
        case .bool, .integer, .unsigned, .string, .array: return []
        case .null, .double:
            return [
                Fault(
                    path: "",
                    message: "a tolerance is a boolean, an integer, a text, a list or a mapping with a `type`; "
                        + "for a number with a fraction use {type: range, range: [low, high]}")
            ]
        case .object(let object):
            switch object["type"] {
            case "probe": return []
            case "regex": return patternFaults(object)
            case "jsonpath": return pathFaults(object)
            case "range": return rangeFaults(object)
            default:
                let found = object["type"].map { "\($0) is not known" } ?? "it is missing"
                return [Fault(path: "type", message: "expected probe, regex, jsonpath or range: \(found)")]
            }
        }
    }

    private static func patternFaults(_ tolerance: JSONObject) -> [Fault] {
        guard let pattern = tolerance["pattern"] else {
            return [Fault(path: "pattern", message: "a tolerance of type regex needs a pattern")]
        }
        guard case .string(let text) = pattern else {
            return [Fault(path: "pattern", message: "expected a text, found \(pattern)")]
        }
        do throws(PythonPatternError) {
            _ = try PythonPattern(text)
            return []
        } catch {
            return [Fault(path: "pattern", message: "\(text) is no regular expression: \(error.message)")]
        }
    }

    private static func pathFaults(_ tolerance: JSONObject) -> [Fault] {
        guard let path = tolerance["path"] else {
            return [Fault(path: "path", message: "a tolerance of type jsonpath needs a path")]
        }
        guard case .string(let text) = path else {
            return [Fault(path: "path", message: "expected a text, found \(path)")]
        }
        do throws(JSONPath2Error) {
            _ = try JSONPath2(Python.strip(text))
            return []
        } catch {
            return [Fault(path: "path", message: "\(text) is no JSON path: \(error.message)")]
        }
    }

    private static func rangeFaults(_ tolerance: JSONObject) -> [Fault] {
        guard let range = tolerance["range"] else {
            return [Fault(path: "range", message: "a tolerance of type range needs a range of two numbers")]
        }
        guard case .array(let bounds) = range, bounds.count == 2 else {
            return [Fault(path: "range", message: "expected a list of two numbers, found \(range)")]
        }
        return bounds.enumerated().compactMap { index, bound in
            PythonNumber(bound) == nil
                ? Fault(path: "range[\(index)]", message: "expected a number, found \(bound)") : nil
        }
    }
}
