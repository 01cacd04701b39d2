extension Severity {
    /// A coloured dot, for services without colours.
    var dot: String {
        switch self {
        case .critical: "🔴"
        case .warning: "🟠"
        case .info: "🔵"
        case .ok: "🟢"
        }
    }

    /// Red, green and blue as one number.
    var colour: Int64 {
        switch self {
        case .critical: 0xD3_2F_2F
        case .warning: 0xF2_A0_00
        case .info: 0x43_9F_E0
        case .ok: 0x2E_B8_86
        }
    }

    /// The colour as `#rrggbb`.
    var colourCode: String {
        let digits = String(colour, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// A text that begins with a severity's dot, with this severity's instead.
    func redotted(_ text: String) -> String {
        guard let first = text.first, Severity.allCases.contains(where: { $0.dot.first == first }) else { return text }
        return dot + text.dropFirst()
    }
}
