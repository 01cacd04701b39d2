/// What RFC 8259 leaves to the parser, as this one decides.
extension SyntaxCases {
    /// Numbers too small become 0, integers too big the nearest double, a byte order mark is skipped.
    static let decidedAccepted = list(
        #"""
        [123.456e-789]
        [123e-10000000]
        [-123123123123123123123123123123]
        [100000000000000000000]
        [-237462374673276894279832749832423479823246327846]
        %EF%BB%BF{}
        """#)

    /// Numbers beyond any double, lone surrogates, and bytes that are not UTF-8.
    static let decidedRejected = list(
        #"""
        [0.4e00669999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999999969999999006]
        [-1e+9999]
        [1.5e+9999]
        [-123123e100000]
        [123123e100000]
        {"\uDFAA":0}
        ["\uDADA"]
        ["\uD888\u1234"]
        %FF%FE[%00"%00%E9%00"%00]%00
        ["%E6%97%A5%D1%88%FA"]
        ["%ED%A0%80"]
        ["\uD800\n"]
        ["\uDd1ea"]
        ["\uD800\uD800\n"]
        ["\ud800"]
        ["\ud800abc"]
        ["%FF"]
        ["\uDd1e\uD834"]
        ["%E9"]
        ["\uDFAA"]
        ["%81"]
        ["%F4%BF%BF%BF"]
        ["%C0%AF"]
        ["%FC%83%BF%BF%BF%BF"]
        ["%FC%80%80%80%80%80"]
        ["%E0%FF"]
        %00[%00"%00%E9%00"%00]
        [%00"%00%E9%00"%00]%00
        """#)
}
