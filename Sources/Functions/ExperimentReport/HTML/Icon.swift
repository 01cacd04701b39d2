internal import Markup

/// The pictograms of the page.
///
/// Each has a shape of its own, because not everybody tells red from green.
enum Icon: String {
    case good, bad, warning, interrupted, unknown, skipped

    /// Draws the icon; readers of the screen hear the words beside it instead.
    func draw(_ html: inout HTML, large: Bool = false) {
        let classes = "icon \(rawValue)\(large ? " large" : "")"
        html.element("svg", ["class": classes, "viewBox": "0 0 24 24", "aria-hidden": "true", "focusable": "false"]) {
            html in
            html.empty("path", ["class": "shape", "d": shape], isSVG: true)
            html.empty("path", ["class": "sign", "d": sign], isSVG: true)
        }
    }

    private var shape: String {
        switch self {
        case .good, .unknown, .skipped: "M12 1.5a10.5 10.5 0 1 0 0 21 10.5 10.5 0 0 0 0-21z"
        case .bad: "M7.6 1.5h8.8l6.1 6.1v8.8l-6.1 6.1H7.6l-6.1-6.1V7.6z"
        case .warning: "M12 1.8 23 21.5H1z"
        case .interrupted:
            "M4 1.5h16A2.5 2.5 0 0 1 22.5 4v16a2.5 2.5 0 0 1-2.5 2.5H4A2.5 2.5 0 0 1 1.5 20V4A2.5 2.5 0 0 1 4 1.5z"
        }
    }

    private var sign: String {
        switch self {
        case .good: "m7 12.5 3.5 3.5L17 8.5"
        case .bad: "m8 8 8 8m0-8-8 8"
        case .warning: "M12 9v5.5m0 3v.2"
        case .interrupted: "M9 7.5v9m6-9v9"
        case .unknown: "M9.2 9a2.8 2.8 0 1 1 4.3 2.4c-.9.6-1.5 1.2-1.5 2.3m0 3.1v.2"
        case .skipped: "M7.5 12h9"
        }
    }

    /// The shapes of marks in a timeline, which `use` elements name.
    static func marks(_ html: inout HTML) {
        html.literal(
            """
            <svg class="definitions" aria-hidden="true" focusable="false" width="0" height="0"><defs>\
            <circle id="mark-good" r="4.5"/><path id="mark-bad" d="M0-6.5 6.5 0 0 6.5-6.5 0z"/>\
            <path id="mark-error" d="M0-6.5 6.5 5.5h-13z"/><circle id="mark-skipped" r="4"/></defs></svg>
            """)
    }
}

extension HitTarget {
    var icon: Icon {
        switch outcome {
        case .restored: .good
        case .nothingLeft, .left: .skipped
        case .stillBroken: .bad
        case nil: .unknown
        }
    }
}
