internal import Glibc
internal import JSON

/// The lines of a model's text, each one JSON value, found once and parsed on demand.
struct ModelLines: Sendable {
    private let text: StaticString
    private let starts: [Int]

    init(_ text: StaticString) {
        self.text = text
        var starts = [0]
        let first = UnsafeRawPointer(text.utf8Start)
        var rest = first
        while let end = memchr(rest, Int32(UInt8(ascii: "\n")), text.utf8CodeUnitCount - (rest - first)) {
            rest = UnsafeRawPointer(end) + 1
            starts.append(rest - first)
        }
        self.starts = starts
    }

    subscript(line: Int) -> JSONValue {
        get throws(AWSError) {
            guard starts.indices.contains(line) else { throw .badModel("line \(line) is missing") }
            let end = line + 1 < starts.count ? starts[line + 1] - 1 : text.utf8CodeUnitCount
            let bytes = UnsafeRawBufferPointer(start: text.utf8Start + starts[line], count: end - starts[line])
            do {
                return try JSONValue(parsing: bytes)
            } catch {
                throw .badModel("line \(line): \(error)")
            }
        }
    }
}

extension AWSError {
    /// A model that the generator did not write, or wrote for another version of this reader.
    static func badModel(_ why: String) -> AWSError {
        AWSError(.invalidConfiguration, "The service model cannot be read (\(why)); run Tools/aws-models/generate.py")
    }
}
