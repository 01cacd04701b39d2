internal import Markup

/// The pictograms of the page.
enum Icon: String {
    case good, bad, warning, interrupted, unknown, skipped

    /// Draws the icon; readers of the screen hear the words beside it instead.
    func draw(_ html: inout HTML, large: Bool = false) {
        html.pictogram(pictogram, tone: rawValue, large: large)
    }

    private var pictogram: Pictogram {
        switch self {
        case .good: .tick
        case .bad: .cross
        case .warning: .exclamation
        case .interrupted: .pause
        case .unknown: .question
        case .skipped: .minus
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
