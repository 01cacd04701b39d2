import Basics
public import JSON
import RegularExpressions

/// Whether a probe's output is what the hypothesis demands, as Chaos Toolkit decides it.
///
/// Written after `within_tolerance` of chaostoolkit-lib 1.44. Values are compared as Python compares them: `true` is 1,
/// and 1 is 1.0. Other than there: texts with `NaN` or `1e400` are no JSON for a jsonpath, and a list is never a number
/// for a range.
public struct Tolerance: Sendable {
    /// As the document has it, before substitution.
    public let declaration: JSONValue

    /// A tolerance that was validated.
    public init(_ declaration: JSONValue) { self.declaration = declaration }

    /// Decides on an output.
    ///
    /// - Parameters:
    ///   - isStrict: whether the bounds of a range are compared as they are written; see
    ///     ``StrictRule/exactBoundaries``.
    ///   - probe: runs a tolerance of type `probe`: the declaration with the output as the argument `value` of
    ///   its provider. Returns what the probe returned, nil when it failed.
    /// - Throws: `ExperimentError.unforeseen` where Chaos Toolkit would die with a traceback; what `probe` throws.
    public func isMet(
        by output: JSONValue, _ substitution: Substitution, isStrict: Bool = false,
        probe: (JSONObject) async throws -> JSONValue?
    ) async throws -> Bool {
        let tolerance = declaration.stringValue == nil ? declaration : substitution.apply(to: declaration)
        switch tolerance {
        case .bool, .string: return Python.areEqual(tolerance, output)
        case .integer, .unsigned: return Python.areEqual(tolerance, output["status"] ?? output)
        case .array(let values): return try Self.isMet(values, output)
        case .object(let object): return try await Self.isMet(object, output, substitution, isStrict, probe)
        case .null, .double: return false
        }
    }

    /// A list: the status is one of it, or the output is between two values, or one of more.
    private static func isMet(_ values: [JSONValue], _ output: JSONValue) throws(ExperimentError) -> Bool {
        if let status = output["status"] { return values.contains { Python.areEqual(status, $0) } }
        guard values.count == 2 else { return values.contains { Python.areEqual(output, $0) } }
        do throws(PythonTypeError) {
            guard try Python.isAtMost(values[0], output) else { return false }
            return try Python.isAtMost(output, values[1])
        } catch {
            throw unforeseen("the output cannot be compared with the bounds: \(error.message)")
        }
    }

    private static func isMet(
        _ tolerance: JSONObject, _ output: JSONValue, _ substitution: Substitution, _ isStrict: Bool,
        _ probe: (JSONObject) async throws -> JSONValue?
    ) async throws -> Bool {
        switch tolerance["type"] {
        case "probe":
            guard case .object(var provider)? = tolerance["provider"],
                case .object(var arguments)? = provider["arguments"]
            else {
                throw unforeseen("a tolerance of type probe needs `provider.arguments`, if only an empty mapping")
            }
            arguments["value"] = output
            provider["arguments"] = .object(arguments)
            var activity = tolerance
            activity["provider"] = .object(provider)
            return try await probe(activity).map(Python.isTrue) ?? false
        case "regex": return try matches(tolerance, output, substitution)
        case "jsonpath": return try finds(tolerance, output, substitution)
        case "range": return try isInRange(tolerance, output, asWritten: isStrict)
        default: return false
        }
    }

    private static func unforeseen(_ message: String) -> ExperimentError {
        ExperimentError(.unforeseen, "tolerance: \(message)")
    }

    /// The member of the output that `target` names; the whole output when there is no such member or no target.
    private static func target(_ tolerance: JSONObject, _ output: JSONValue) throws(ExperimentError) -> JSONValue {
        guard let target = tolerance["target"], Python.isTrue(target) else { return output }
        guard case .object(let object) = output else {
            throw unforeseen("the output is of type \(Python.typeName(output)) and has no target \(target)")
        }
        return target.stringValue.flatMap { object[$0] } ?? output
    }

    private static func matches(
        _ tolerance: JSONObject, _ output: JSONValue, _ substitution: Substitution
    ) throws(ExperimentError) -> Bool {
        let declared = tolerance["pattern"] ?? .null
        guard case .string(let text) = substitution.apply(to: declared) else {
            throw unforeseen("the pattern \(declared) is no text after substitution")
        }
        let pattern: PythonPattern
        do throws(PythonPatternError) { pattern = try PythonPattern(text) } catch {
            // The pattern itself may hold a secret.
            throw unforeseen("the pattern \(declared) is no regular expression: \(error.message)")
        }
        guard case .string(let value) = try target(tolerance, output) else {
            throw unforeseen(
                "a regex needs a text, and the output is of type \(Python.typeName(output)): set `target` to "
                    + "`body`, `stdout` or another member that is a text")
        }
        do throws(RegularExpressionError) { return try pattern.search(value) } catch {
            throw unforeseen("the pattern \(declared): \(error)")
        }
    }

    private static func finds(
        _ tolerance: JSONObject, _ output: JSONValue, _ substitution: Substitution
    ) throws(ExperimentError) -> Bool {
        let declared = tolerance["path"] ?? .null
        guard case .string(let text) = substitution.apply(to: declared) else {
            throw unforeseen("the path \(declared) is no text after substitution")
        }
        let value = parsed(try target(tolerance, output))
        let found: [JSONValue]
        do throws(JSONPath2Error) {
            found = try JSONPath2(text).matches(in: value)
        } catch {
            throw unforeseen("the path \(declared): \(error.message)")
        }
        if let expected = tolerance["expect"] {
            let expected = substitution.apply(to: expected)
            let values = expected.arrayValue ?? [expected]
            return Python.areEqual(.array(found), .array(values))
        }
        guard let count = tolerance["count"], !count.isNull else { return !found.isEmpty }
        return Python.areEqual(JSONValue(found.count), count)
    }

    /// A text that is JSON, parsed; anything else as it is.
    private static func parsed(_ value: JSONValue) -> JSONValue {
        guard case .string(let text) = value, text.utf8.first != 0xEF else { return value }
        return (try? JSONValue(parsing: text)) ?? value
    }

    /// - Parameter asWritten: whether fractions count as they are written, and not as the binary numbers nearest to
    ///   them.
    private static func isInRange(
        _ tolerance: JSONObject, _ output: JSONValue, asWritten: Bool
    ) throws(ExperimentError) -> Bool {
        let value = try target(tolerance, output)
        let number: ExactDecimal
        if case .string(let text) = value {
            guard let read = ExactDecimal(text) else { return false }
            number = read
        } else {
            guard let read = decimal(value, asWritten: asWritten) else {
                throw unforeseen("a range needs a number, and the output is of type \(Python.typeName(value))")
            }
            number = read
        }
        guard let range = tolerance["range"]?.arrayValue, range.count >= 2,
            let low = decimal(range[0], asWritten: asWritten), let high = decimal(range[1], asWritten: asWritten)
        else { throw unforeseen("`range` must be a list of two numbers") }
        guard let isAbove = low.isAtMost(number) else {
            throw unforeseen("not-a-number cannot be compared with a range")
        }
        guard isAbove else { return false }
        guard let isBelow = number.isAtMost(high) else {
            throw unforeseen("not-a-number cannot be compared with a range")
        }
        return isBelow
    }

    private static func decimal(_ value: JSONValue, asWritten: Bool) -> ExactDecimal? {
        switch value {
        case .bool(let flag): ExactDecimal(flag ? 1 : 0)
        case .integer(let number): ExactDecimal(number)
        case .unsigned(let number): ExactDecimal(number)
        case .double(let number): asWritten ? ExactDecimal("\(number)") : ExactDecimal(number)
        case .string(let text): ExactDecimal(text)
        case .null, .array, .object: nil
        }
    }
}
