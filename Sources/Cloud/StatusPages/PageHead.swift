internal import Basics
public import Markup

/// The head of a page that holds all it needs: styles and scripts are allowed by their digests, nothing else is loaded.
public struct PageHead: Sendable {
    /// The title.
    public var title: String
    /// Styles, one element each.
    public var styles: [StaticString] = [BaseStyle.text, PageStyle.text]
    /// Scripts, one element each, by their parts; they run when the page has been read.
    public var scripts: [[StaticString]] = [PageScript.parts]
    /// Scripts that the page writes itself, at their places in its body.
    public var bodyScripts: [StaticString] = []
    /// Whether scripts may call the server that the page came from, and forms may be sent to it.
    public var callsServer = false
    /// The icon of the browser's tab: a `data:` address.
    ///
    /// Without an icon of its own the browser asks the server for one.
    public var icon = "data:,"
    /// What a browser without scripts loads, and after how many seconds; nil for nothing.
    public var refresh: (seconds: Int, address: String)?
    /// Feeds of what the page tells: their addresses, relative to the page, and titles.
    public var feeds: [(address: String, title: String)] = []

    /// The head of a page with this title.
    public init(title: String) { self.title = title }

    /// The page's Content-Security-Policy, which a server can also send as a header.
    public var policy: String {
        let origin = callsServer ? "'self'" : "'none'"
        let styles = Self.digests(styles.map { [$0] })
        let scripts = Self.digests(scripts + bodyScripts.map { [$0] })
        return "default-src 'none'; img-src data:; style-src \(styles); script-src \(scripts); "
            + "connect-src \(origin); form-action \(origin); base-uri 'none'"
    }

    /// Writes the `head` element.
    public func write(into html: inout HTML) {
        html.element("head") { html in
            html.empty("meta", ["charset": "utf-8"])
            html.empty("meta", ["http-equiv": "Content-Security-Policy", "content": policy])
            html.empty("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            // With `no-referrer` a browser says `Origin: null` with forms, which a server must refuse.
            html.empty("meta", ["name": "referrer", "content": callsServer ? "same-origin" : "no-referrer"])
            html.empty("meta", ["name": "color-scheme", "content": "light dark"])
            html.element("title", title)
            html.empty("link", ["rel": "icon", "href": icon])
            if let refresh {
                html.element("noscript") { html in
                    html.empty(
                        "meta", ["http-equiv": "refresh", "content": "\(refresh.seconds); url=\(refresh.address)"])
                }
            }
            for feed in feeds {
                html.empty(
                    "link",
                    ["rel": "alternate", "type": "application/atom+xml", "href": feed.address, "title": feed.title])
            }
            for style in styles {
                html.literal("<style>")
                html.literal(style)
                html.literal("</style>")
            }
            for script in scripts {
                // A module runs after the page has been read.
                html.literal("<script type=\"module\">")
                for (place, part) in script.enumerated() {
                    if place > 0 { html.literal("\n") }
                    html.literal(part)
                }
                html.literal("</script>")
            }
        }
    }

    /// The digests of what stands in these elements, each in parts.
    private static func digests(_ elements: [[StaticString]]) -> String {
        guard !elements.isEmpty else { return "'none'" }
        return elements.map { "'sha256-\(Base64.encode(Digest.sha256(content(of: $0))))'" }.joined(separator: " ")
    }

    private static func content(of parts: [StaticString]) -> [UInt8] {
        Array(parts.map { part in part.withUTF8Buffer { Array($0) } }.joined(separator: [UInt8(ascii: "\n")]))
    }
}
