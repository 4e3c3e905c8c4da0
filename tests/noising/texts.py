"""Texts of every script for the tests of noises, written for them."""

from __future__ import annotations

from xharness.noising.draws import Draws
from xharness.noising.edits import applied, ordered
from xharness.noising.rows import Changing, RowNoiser
from xharness.noising.text import NoiseText

SENTENCES = {
    "en": "The old teacher wrote a letter to her friend in Paris, and waited for an answer.",
    "de": "Die Straße war nass, aber die Kinder spielten fröhlich über dem kleinen Fluss.",
    "tr": "Işık sönünce çocuklar İstanbul'da yağmurun sesini dinledi.",
    "el": "Ο δάσκαλος έγραψε ένα γράμμα στους φίλους του.",
    "ru": "Старый учитель написал письмо подруге и ждал ответа ещё долго.",
    "ar": "كتب المعلم رسالة إلى صديقته وانتظر الجواب طويلا.",
    "fa": "معلم پیر نامه‌ای برای دوستش نوشت و می‌خواهد پاسخ بگیرد.",
    "he": "המורה הזקן כתב מכתב לחברתו וחיכה לתשובה.",
    "hi": "बूढ़े शिक्षक ने अपनी मित्र को पत्र लिखा और उत्तर की प्रतीक्षा की।",
    "bn": "বৃদ্ধ শিক্ষক তাঁর বন্ধুকে চিঠি লিখে উত্তরের অপেক্ষা করলেন।",
    "ta": "வயதான ஆசிரியர் தன் தோழிக்குக் கடிதம் எழுதிக் காத்திருந்தார்.",
    "te": "వృద్ధ ఉపాధ్యాయుడు తన స్నేహితురాలికి ఉత్తరం రాశాడు.",
    "ml": "വൃദ്ധനായ അധ്യാപകൻ തന്റെ സുഹൃത്തിന് കത്തെഴുതി.",
    "gu": "વૃદ્ધ શિક્ષકે તેમના મિત્રને પત્ર લખ્યો અને રાહ જોઈ.",
    "pa": "ਬੁੱਢੇ ਅਧਿਆਪਕ ਨੇ ਆਪਣੀ ਸਹੇਲੀ ਨੂੰ ਚਿੱਠੀ ਲਿਖੀ।",
    "th": "ครูแก่เขียนจดหมายถึงเพื่อนและรอคำตอบอยู่นาน",
    "my": "ဆရာကြီးက သူ့မိတ်ဆွေထံ စာရေးပြီး အဖြေကို စောင့်နေသည်။",
    "ka": "მოხუცმა მასწავლებელმა მეგობარს წერილი მისწერა.",
    "ko": "나이 든 선생님이 친구에게 편지를 쓰고 답장을 기다렸다.",
    "ja": "年をとった先生は友だちに手紙を書いて、返事を待っていた。",
    "zh": "年老的老师给她在巴黎的朋友写了一封信，等待着回音。",
    "vi": "Thầy giáo già viết một lá thư cho người bạn ở Hà Nội.",
    "yo": "Olùkọ́ àgbà náà kọ lẹ́tà sí ọ̀rẹ́ rẹ̀.",
    "sw": "Mwalimu mzee aliandika barua kwa rafiki yake akasubiri jibu.",
}


def of(text, noise, severity, language="en", *, protected=(), example=0, column="text", seed=0, **more):
    """Return a text as a noise sees it."""
    defaults = {name: param.default for name, param in noise.params.items()}
    return NoiseText(
        text=text,
        language=language,
        column=column,
        severity=severity,
        settings={**defaults, **noise.settings[severity], **more.pop("params", {})},
        draws=Draws(noise.name, noise.version, "t", language, "test", example, column, seed),
        protected=protected,
        others=list(SENTENCES.values()),
        **more,
    )


def edits_of(text, noise, severity, language="en", **more):
    """Return the edits of a text, in order."""
    return ordered(noise.edits(of(text, noise, severity, language, **more)), text)


def changed(text, noise, severity, language="en", **more):
    """Return a text that went through a noise."""
    return applied(text, edits_of(text, noise, severity, language, **more))


def noiser(noise, language, severity, columns, example, row):
    """Return what changes the texts of an example, as an evaluation does."""
    how = Changing(
        name=noise.name,
        version=noise.version,
        edits=noise.edits,
        seeded_by=("t", language, "test"),
        columns=columns,
        severity=severity,
        settings={name: param.default for name, param in noise.params.items()} | dict(noise.settings[severity]),
        controls=noise.controls,
        grows=noise.grows,
        others={column: list(SENTENCES.values()) for column in columns},
    )
    return RowNoiser(how, example, row)
