import Testing
import Transport

@Suite struct InternationalNameTests {
    @Test(
        "an international name is asked for in its ASCII form",
        arguments: [
            ("shop.example", "shop.example"), ("SHOP.example", "SHOP.example"), ("", ""),
            ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.Example", "xn--bcher-kva.example"),
            ("www.straße.example", "www.xn--strae-oqa.example"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"), ("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"),
            ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"), ("💩.la", "xn--ls8h.la"),
            ("xn--bcher-kva.bücher", "xn--bcher-kva.xn--bcher-kva"), ("bücher.example.", "xn--bcher-kva.example."),
            // Without a form of their own: wide letters, ligatures, separate accents, what is invisible.
            ("ｂücher.example", nil), ("\u{FB01}x.example", nil), ("bu\u{308}cher.example", nil),
            ("b\u{202E}ü.example", nil), ("b ü.example", nil), ("bü/x", nil), ("ü\u{200B}.example", nil),
            (String(repeating: "ü", count: 80), nil),
        ] as [(String, String?)])
    func names(name: String, ascii: String?) {
        #expect(InternationalName.ascii(name) == ascii)
    }

    @Test(
        arguments: [
            ("https://bücher.example:8443/ä?q=ü#ö", "https://xn--bcher-kva.example:8443/ä?q=ü#ö"),
            ("https://me:pä@bücher.example", "https://me:pä@xn--bcher-kva.example"),
            ("https://shop.example/ä", "https://shop.example/ä"),
            ("tcp://bücher.example:1", "tcp://xn--bcher-kva.example:1"),
            ("https://ｂ.example/", nil), ("bücher", "bücher"), ("tcp://bücher:80", "tcp://xn--bcher-kva:80"),
            ("https://[::1]:80/ä", "https://[::1]:80/ä"),
        ] as [(String, String?)])
    func urls(url: String, ascii: String?) {
        #expect(InternationalName.ascii(url: url) == ascii)
    }
}
