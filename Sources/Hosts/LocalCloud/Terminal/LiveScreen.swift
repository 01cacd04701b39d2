import Glibc

/// The lines at the end of a terminal's output, drawn again in place.
public struct LiveScreen: Sendable {
    /// How many lines the last drawing has left on the screen, and for which width.
    private var drawn = 0
    private var columns: Int?

    /// A screen with nothing drawn yet.
    public init() {}

    /// The bytes that put these lines where the last ones are.
    ///
    /// Every line is overwritten and then cleared to its end, so nothing is blank in between; written in one piece it
    /// does not flicker. Lines beyond the height are left out, as the terminal could not go back to them. After a
    /// change of width the old lines may have been wrapped anyhow, so the screen is cleared.
    /// - Parameter lines: none wider than the terminal.
    public mutating func redraw(_ lines: [String], size: TerminalTraits.Size) -> String {
        let shown = lines.prefix(max(1, size.lines - 1))
        var start = drawn > 0 ? "\u{1B}[\(drawn)A\r" : "\r"
        if columns != nil, columns != size.columns { start = "\u{1B}[H\u{1B}[J" }
        (drawn, columns) = (shown.count, size.columns)
        return start + shown.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J"
    }
}

/// What the terminal behind a descriptor can do.
public struct TerminalTraits: Sendable, Equatable {
    /// Columns and lines; nil when it is no terminal.
    public let size: Size?
    /// Whether to use colours.
    public let hasColour: Bool

    /// Columns and lines.
    public struct Size: Sendable, Equatable {
        /// Characters in a line.
        public let columns: Int
        /// Lines on the screen.
        public let lines: Int

        /// A size.
        public init(columns: Int, lines: Int) {
            self.columns = columns
            self.lines = lines
        }
    }

    /// Looks at a descriptor now; a terminal's size may be another one the next time.
    public init(of descriptor: Int32, environment: [String: String]) {
        guard isatty(descriptor) == 1, environment["TERM"] != "dumb" else {
            (size, hasColour) = (nil, false)
            return
        }
        var window = winsize()
        let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        size = isKnown ? Size(columns: Int(window.ws_col), lines: Int(window.ws_row)) : Size(columns: 80, lines: 24)
        hasColour = (environment["NO_COLOR"] ?? "").isEmpty  // https://no-color.org
    }
}
