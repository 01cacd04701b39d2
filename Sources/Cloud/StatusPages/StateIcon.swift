public import Markup

/// The pictogram of a state: each has a shape of its own, because not everybody tells red from green.
public enum StateIcon {
    /// Draws the icon; readers of the screen hear the words beside it instead.
    public static func write(_ state: ServiceState, isLarge: Bool = false, into html: inout HTML) {
        let classes = "i \(state.rawValue)\(isLarge ? " large" : "")"
        html.element("svg", ["class": classes, "viewBox": "0 0 16 16", "aria-hidden": "true"]) { html in
            html.literal(shape(state))
        }
    }

    private static func shape(_ state: ServiceState) -> StaticString {
        switch state {
        case .up: "<circle cx=\"8\" cy=\"8\" r=\"7\"/><path d=\"m5 8.3 2 2 4-4.3\"/>"
        case .degraded: "<path class=\"f\" d=\"M8 1.5 15.3 14H.7z\"/><path d=\"M8 6v4m0 1.9v.1\"/>"
        case .down:
            """
            <path class="f" d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z"/><path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"/>
            """
        case .maintenance: "<rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" rx=\"3\"/><path d=\"M6.2 5v6m3.6-6v6\"/>"
        case .unknown: "<circle class=\"o\" cx=\"8\" cy=\"8\" r=\"6.2\"/><path class=\"o\" d=\"M5.5 8h5\"/>"
        }
    }
}

extension ServiceState {
    /// For people: `Up`, `No data`.
    public var title: String {
        switch self {
        case .up: "Up"
        case .degraded: "Degraded"
        case .down: "Down"
        case .maintenance: "Maintenance"
        case .unknown: "No data"
        }
    }
}
