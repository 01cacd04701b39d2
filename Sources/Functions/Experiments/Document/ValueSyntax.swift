import Basics
import JSON

/// The syntax of texts in a document: why one is wrong, nil when it is right.
enum ValueSyntax {
    /// Of a regular expression.
    static func patternFault(_ pattern: String) -> String? {
        do throws(PythonPatternError) {
            _ = try PythonPattern(pattern)
            return nil
        } catch { return error.message }
    }

    /// Of a JSONPath.
    static func jsonPathFault(_ path: String) -> String? {
        do throws(JSONPath2Error) {
            _ = try JSONPath2(String(path.trimmingWhitespace))
            return nil
        } catch { return error.message }
    }

    /// Of an environment variable's value, or of its default, for the type that the configuration gives it.
    static func variableFault(_ value: JSONValue, type: JSONValue?) -> String? {
        switch type {
        case nil, .null?, "str", "string": return nil
        case "int", "integer":
            if let text = value.stringValue { return isPythonInteger(text) ? nil : "is no whole number" }
            return value.isPythonNumber ? nil : "is no whole number"
        case "float", "number":
            if let text = value.stringValue { return isPythonFloat(text) ? nil : "is no number" }
            return value.isPythonNumber ? nil : "is no number"
        case "bytes": return value.stringValue == nil ? "is no text" : nil
        case "bool": return value.stringValue == nil && value.boolValue == nil ? "is neither true nor false" : nil
        case "json":
            guard let text = value.stringValue, !text.isEmpty else { return nil }
            return (try? JSONValue(parsing: text)) == nil ? "is no JSON" : nil
        default: return "the type must be str, int, float, number, bool, bytes or json"
        }
    }

    /// Whether Python's `int` reads the text: `12`, ` -1_000 `.
    private static func isPythonInteger(_ text: String) -> Bool {
        var digits = text.trimmingWhitespace
        if digits.hasPrefix("-") || digits.hasPrefix("+") { digits.removeFirst() }
        return isDigits(digits)
    }

    /// Whether Python's `float` reads the text: also `1e3`, `.5`, `inf` and `nan`.
    private static func isPythonFloat(_ text: String) -> Bool {
        var rest = text.trimmingWhitespace.lowercased()[...]
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        if ["inf", "infinity", "nan"].contains(rest) { return true }
        let parts = rest.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !isPythonInteger(String(parts[1])) || parts[1].contains(" ") { return false }
        let number = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return number.contains { !$0.isEmpty } && number.allSatisfy { $0.isEmpty || isDigits($0) }
    }

    /// Digits, with single underscores between them.
    private static func isDigits(_ text: Substring) -> Bool {
        text.split(separator: "_", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        }
    }
}
