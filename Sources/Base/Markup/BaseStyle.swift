/// What all pages look like: colours, text, cards, tables, figures; light or dark as the reader's system is, black on
/// white in print.
///
/// A page adds a style of its own for what it draws. Policies allow each by its digest.
public enum BaseStyle {
    /// The stylesheet.
    public static let text: StaticString = """
        :root{color-scheme:light dark;--page:#f4f6f8;--card:#fff;--text:#17212b;--muted:#566270;--line:#dde3e9;\
        --soft:#eef1f5;--good:#1a7f4b;--bad:#c2302a;--warn:#8f5f00;--info:#2459c9;--probe:#0b7285;--rollback:#7a4fc0;\
        --good-soft:#e6f4ec;--bad-soft:#fdecea;--warn-soft:#fdf3dc;--info-soft:#e8effc;--neutral-soft:#edf0f3;\
        --shadow:0 1px 2px #1018280f,0 1px 3px #1018281a}
        @media screen and (prefers-color-scheme:dark){:root{--page:#0e1319;--card:#171e26;--text:#e8edf2;--muted:#a3afbb;\
        --line:#2c3641;--soft:#1f2832;--good:#4cc38a;--bad:#ff8078;--warn:#e6b450;--info:#82b1ff;--probe:#5cc8d7;\
        --rollback:#c0a0f5;--good-soft:#12301f;--bad-soft:#3b1a1a;--warn-soft:#33270d;--info-soft:#162844;\
        --neutral-soft:#222b35;--shadow:none}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
        @media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        body{margin:0;background:var(--page);color:var(--text);line-height:1.5;\
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;\
        font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:2}
        .masthead,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
        .masthead{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:center;padding-top:1rem;padding-bottom:.5rem}
        .brand{font-weight:700;display:flex;gap:.5rem;align-items:center;letter-spacing:.01em}
        .brand svg{width:1.35rem;height:1.35rem;color:var(--info)}
        .brand span{color:var(--muted);font-weight:400}
        nav ul{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;list-style:none;margin:0;padding:0;font-size:.9rem}
        a{color:var(--info);text-underline-offset:.2em}nav a{text-decoration:none}nav a:hover{text-decoration:underline}
        :focus-visible{outline:3px solid var(--info);outline-offset:2px;border-radius:4px}
        h1{font-size:1.5rem;line-height:1.25;margin:.75rem 0 .35rem;text-wrap:balance}
        h2{font-size:1.15rem;margin:0 0 .75rem;line-height:1.3}h3{font-size:1rem;margin:1.25rem 0 .5rem}
        p{margin:.25rem 0 .75rem;max-width:70ch}small,.note{font-size:.85rem;color:var(--muted)}
        .lead{color:var(--muted);margin-bottom:.6rem}
        .card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.1rem;margin:0 0 1rem;\
        box-shadow:var(--shadow)}
        .badges{display:flex;flex-wrap:wrap;gap:.35rem;margin:0 0 1rem;padding:0;list-style:none}
        .badge{display:inline-block;vertical-align:middle;border:1px solid var(--line);border-radius:99px;padding:.05rem .6rem;font-size:.8rem;\
        color:var(--muted);background:var(--card);white-space:nowrap;max-width:100%;overflow:hidden;text-overflow:ellipsis}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:0 0 1rem}
        .figure{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.75rem .9rem;\
        box-shadow:var(--shadow)}
        .figure dt{font-size:.82rem;color:var(--muted)}.figure dd{margin:0}
        .figure strong{display:block;font-size:1.45rem;line-height:1.25;font-weight:650}.figure small{display:block}
        .figure.good strong{color:var(--good)}.figure.bad strong{color:var(--bad)}.figure.warn strong{color:var(--warn)}\
        .figure.alert small{color:var(--bad);font-weight:600}
        .scroll{overflow-x:auto;margin:0 -1.1rem;padding:0 1.1rem}
        table{border-collapse:collapse;width:100%;font-size:.92rem}
        th{text-align:left;font-weight:600;color:var(--muted);font-size:.82rem;white-space:nowrap}
        th,td{padding:.5rem .9rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        tr:last-child td{border-bottom:0}th:last-child,td:last-child{padding-right:0}
        td{min-width:5.5rem}td.name{min-width:11rem}
        td small{display:block}.nowrap{white-space:nowrap}
        code,pre{font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
        pre{background:var(--soft);border-radius:8px;padding:.75rem;margin:.35rem 0 .75rem;overflow:auto;max-height:26rem;\
        white-space:pre-wrap}
        details>summary{cursor:pointer;list-style:none}details>summary::-webkit-details-marker{display:none}
        details>summary::before{content:"";width:.45rem;height:.45rem;border:solid var(--muted);border-width:0 2px 2px 0;\
        transform:rotate(-45deg);margin:.5rem .35rem 0 .1rem;flex:none}
        details[open]>summary::before{transform:rotate(45deg);margin-top:.4rem}
        .facts{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:.25rem 1rem;margin:0;font-size:.92rem}
        .facts dt{color:var(--muted)}.facts dd{margin:0}
        .legend{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;padding:0;margin:.9rem 0 0;font-size:.82rem;\
        color:var(--muted)}
        .legend li{display:flex;gap:.4rem;align-items:center}.legend svg{width:1.5rem;height:.95rem;overflow:visible}
        footer{color:var(--muted);font-size:.82rem;padding-top:.25rem;padding-bottom:2rem}
        @media (min-width:52rem){\
        h1{font-size:1.9rem}.card{padding:1.4rem 1.5rem}.scroll{margin:0 -1.5rem;padding:0 1.5rem}}
        @media print{:root{color-scheme:light}body{background:#fff;font-size:10.5pt}nav,.skip{display:none}\
        .card,.figure,tr{break-inside:avoid}.card{box-shadow:none}section.card{break-inside:auto}\
        .masthead,main,footer{max-width:none;padding-left:0;padding-right:0}pre{max-height:none}\
        details::details-content{content-visibility:visible;display:block;height:auto}\
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        """
}
