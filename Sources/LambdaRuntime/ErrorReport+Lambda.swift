import FunctionRuntime
import JSON

extension ErrorReport {
    /// The value of `Lambda-Runtime-Function-XRay-Error-Cause`: JSON in ASCII, a few kilobytes at most (the platform
    /// cuts at 64, in the middle of the JSON).
    var xrayCause: String {
        let frames = stackTrace.prefix(20).map { frame -> JSONValue in
            ["label": .string(Self.prefix(of: frame, bytes: 200))]
        }
        let exception: JSONValue = [
            "type": .string(type), "message": .string(Self.prefix(of: message, bytes: 2_000)), "stack": .array(frames),
        ]
        let cause: JSONValue = ["working_directory": "/var/task", "exceptions": [exception], "paths": []]
        return Self.escapeNonASCII(cause.description)
    }

    /// Spells everything that does not belong into a header as `\u…`, which JSON allows: it occurs in strings only.
    private static func escapeNonASCII(_ json: String) -> String {
        guard json.utf8.contains(where: { $0 > 0x7E }) else { return json }
        return json.utf16.reduce(into: "") { text, unit in
            if let scalar = UnicodeScalar(unit), unit < 0x7F {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}
