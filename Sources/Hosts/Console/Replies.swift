internal import Basics
internal import HTTPServer
internal import JSON
internal import Markup
internal import NIOHTTP1

/// The replies of the console, each with the headers that keep other pages out.
enum Replies {
    private static func headers(_ type: String) -> HTTPHeaders {
        [
            "Content-Type": type,
            "Cache-Control": "no-store",
            "Content-Security-Policy": PageFrame.policy,
            // For browsers that know no frame-ancestors.
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            // With `no-referrer` a browser says `Origin: null` with the console's own forms.
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        ]
    }

    static func page(_ html: HTML, status: HTTPResponseStatus = .ok) -> ServerReply {
        ServerReply(status: status, headers: headers("text/html; charset=utf-8"), body: .bytes(html.bytes))
    }

    static func json(_ value: JSONValue, status: HTTPResponseStatus = .ok) -> ServerReply {
        ServerReply(status: status, headers: headers("application/json"), body: .bytes(value.serialized()))
    }

    /// After a form: a page that loading again does not repeat.
    static func redirect(to address: String, asJSON: Bool) -> ServerReply {
        // A script would follow a redirect by itself and get a whole page.
        if asJSON { return json(["location": .string(address)]) }
        var reply = page(HTML(), status: .seeOther)
        reply.headers.add(name: "Location", value: address)
        return reply
    }

    /// The way from the address with the token to the page without it.
    static func entrance(to address: String, cookie: String, asPage: Bool) -> ServerReply {
        var reply = asPage ? page(PageFrame.entrance(to: address)) : redirect(to: address, asJSON: false)
        // Goes on by itself, with scripts or without: now it is the console's own page that asks.
        if asPage { reply.headers.add(name: "Refresh", value: "0; url=\(address)") }
        reply.headers.add(name: "Set-Cookie", value: cookie)
        return reply
    }

    static func refusal(_ refusal: ConsoleAccess.Refusal, asJSON: Bool) -> ServerReply {
        var reply =
            asJSON
            ? json(["tone": "bad", "text": .string(refusal.message)], status: refusal.status)
            : page(PageFrame.refusal(refusal.message), status: refusal.status)
        if refusal.status == .unauthorized { reply.headers.add(name: "WWW-Authenticate", value: "Bearer") }
        return reply
    }
}
