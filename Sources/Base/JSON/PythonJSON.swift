extension String {
    /// This text as a JSON string of Python's `json.dumps`: with quotes, and everything outside of ASCII as `\uXXXX`.
    ///
    /// For texts that have to be Python's to the byte, such as those from which the AWS CLI makes file names.
    public var pythonJSON: String {
        var result = "\""
        for unit in utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x08: result += "\\b"
            case 0x09: result += "\\t"
            case 0x0A: result += "\\n"
            case 0x0C: result += "\\f"
            case 0x0D: result += "\\r"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        }
        return result + "\""
    }
}
