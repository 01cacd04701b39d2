internal import Basics
internal import JSON
internal import Markup

/// A small picture of a word and its value, in the colours of Gatus.
struct Badge: Sendable, Hashable {
    var label: String
    var value: String
    var colour: Colour

    /// The colours of Gatus's badges, the best first.
    enum Colour: String, Sendable, CaseIterable {
        case awesome = "#40cc11"
        case great = "#94cc11"
        case good = "#ccd311"
        case passable = "#ccb311"
        case bad = "#cc8111"
        case veryBad = "#c7130a"

        /// The best colours have a dark text: on them white could not be read.
        fileprivate var text: String { self == .veryBad ? "#fff" : "#000" }
    }

    /// The share of good results in a range.
    init(uptime availability: (successes: Int, attempts: Int), range: String) {
        label = "uptime \(range)"
        guard availability.attempts > 0 else { (value, colour) = ("?", .passable); return }
        let (successes, attempts) = (max(0, availability.successes), availability.attempts)
        value = Self.percent(successes, attempts)
        // In thousandths, because 0.975 is none of the numbers of a computer.
        let isAtLeast = { (thousandths: Int) in Int128(successes) * 1_000 >= Int128(thousandths) * Int128(attempts) }
        let steps: [(Int, Colour)] = [(975, .awesome), (950, .great), (900, .good), (800, .passable), (650, .bad)]
        colour = steps.first { isAtLeast($0.0) }?.1 ?? .veryBad
    }

    /// The mean response time of a range.
    init(responseTime seconds: Double?, range: String) {
        label = "response time \(range)"
        guard let seconds, seconds >= 0, seconds.isFinite else { (value, colour) = ("?", .passable); return }
        let milliseconds = Int((min(seconds, 1e9) * 1_000).rounded(.down))
        value = "\(milliseconds)ms"
        let steps: [(Int, Colour)] = [(50, .awesome), (200, .great), (300, .good), (500, .passable), (750, .bad)]
        colour = steps.first { milliseconds <= $0.0 }?.1 ?? .veryBad
    }

    /// How a service is now.
    init(health condition: ServiceCondition) {
        label = "health"
        switch condition.level {
        case _ where condition.isUnderMaintenance: (value, colour) = ("maintenance", .passable)
        case _ where condition.isUnknown: (value, colour) = ("?", .passable)
        case .operational: (value, colour) = ("up", .awesome)
        case .degraded, .partialOutage: (value, colour) = ("degraded", .bad)
        case .majorOutage: (value, colour) = ("down", .veryBad)
        }
    }

    /// `99.95%`, cut and without zeros at its end, so that 100% means that nothing failed.
    private static func percent(_ successes: Int, _ attempts: Int) -> String {
        let hundredths = Int(Int128(successes) * 10_000 / Int128(attempts))
        var digits = "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits.hasSuffix(".") ? String(digits.dropLast()) : digits) + "%"
    }

    /// The badge for shields.io's endpoint badges: https://shields.io/badges/endpoint-badge.
    var shields: JSONValue {
        [
            "schemaVersion": 1, "label": .string(label), "message": .string(value), "color": .string(colour.rawValue),
        ]
    }

    /// The badge as a picture of its own.
    /// - Parameter name: of the service, for those who hear the picture.
    func svg(of name: String) -> [UInt8] {
        let left = Self.width(of: label) + 10
        let right = Self.width(of: value) + 10
        var svg = HTML()
        svg.element(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "width": "\(left + right)", "height": "20", "role": "img",
                "aria-label": xmlText("\(name): \(label) \(value)"),
            ]
        ) { svg in
            svg.element("title", xmlText("\(name): \(label) \(value)"))
            svg.element("clipPath", ["id": "r"]) { svg in
                svg.empty("rect", ["width": "\(left + right)", "height": "20", "rx": "3"], isSVG: true)
            }
            svg.element("g", ["clip-path": "url(#r)"]) { svg in
                svg.empty("rect", ["width": "\(left)", "height": "20", "fill": "#444"], isSVG: true)
                svg.empty(
                    "rect", ["x": "\(left)", "width": "\(right)", "height": "20", "fill": colour.rawValue], isSVG: true)
            }
            svg.element("g", ["font-family": "DejaVu Sans,Verdana,Geneva,sans-serif", "font-size": "11"]) { svg in
                Self.text(label, at: 5, width: left - 10, "#fff", &svg)
                Self.text(value, at: left + 5, width: right - 10, colour.text, &svg)
            }
        }
        return svg.bytes
    }

    /// A text of a fixed length: another font is stretched, so that it stays in its place.
    private static func text(_ text: String, at x: Int, width: Int, _ colour: String, _ svg: inout HTML) {
        svg.element(
            "text",
            ["x": "\(x)", "y": "14", "textLength": "\(width)", "lengthAdjust": "spacingAndGlyphs", "fill": colour],
            text)
    }

    /// The width in pixels, rounded up, at 11 pixels.
    static func width(of text: String) -> Int {
        let units = text.utf8.reduce(0) { total, byte in
            total + (0x20...0x7E ~= byte ? widths[Int(byte) - 0x20] : 2_048)
        }
        return (units * 11 + 2_047) / 2_048
    }

    /// The advance widths of DejaVu Sans from U+0020 to U+007E, of 2,048 units; Verdana's differ by a few of a hundred.
    private static let widths: [Int] = [
        651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303, 1303, 1303, 1303,
        1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048, 1401, 1405, 1430, 1577, 1294, 1178,
        1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251,
        1403, 799, 690, 799, 1716, 1024, 1024, 1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995,
        1298, 1253, 1300, 1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
    ]
}
