/// What one side of a comparison is, for one observation.
struct ResolvedValue {
    /// The value as text; a body need not be UTF-8.
    var bytes: ArraySlice<UInt8>
    /// The number as Gatus writes it, when that differs: `1e+06`.
    var gatusNumber: String?

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    init(_ text: String, gatusNumber: String? = nil) {
        bytes = Array(text.utf8)[...]
        self.gatusNumber = gatusNumber
    }

    /// Whole milliseconds, cut towards zero.
    init(_ duration: Duration) { self.init("\(Int64(duration.inMilliseconds))") }
}

extension Operand {
    /// The value for an observation; what leads nowhere is `<text> (INVALID)`, as Gatus has it.
    func resolved(_ values: inout ObservedValues) -> ResolvedValue {
        switch kind {
        case .text, .pattern, .any, .expression: return ResolvedValue(text)
        case .value(let placeholder): return placeholder.value(&values) ?? invalid
        case .length(let placeholder): return placeholder.length(&values).map { ResolvedValue("\($0)") } ?? invalid
        case .existence(let placeholder): return ResolvedValue(placeholder.exists(&values) ? "true" : "false")
        }
    }

    private var invalid: ResolvedValue { ResolvedValue("\(text) (INVALID)") }
}
