"""Words that stand in name fields without being a name: titles, honours, generations, noise, house accounts.

All are compared in lower case with Cyrillic ё as е and without final dots. Source: our own compilation.
"""

from __future__ import annotations


def word_list(text: str) -> frozenset[str]:
    """The words of ``text`` as a set: tables of words stay readable."""
    return frozenset(text.replace("ё", "е").split())


MALE_TITLES = word_list(
    "mr mister herr hr monsieur mons senor señor signor sr. don г-н господин гражданин гр-н мырза товарищ sir lord duke "
    "baron earl viscount marquess marquis count prince king baronet bt 先生"
)
FEMALE_TITLES = word_list(
    "mrs ms miss mlle mme madame frau fr fräulein señora signora dona donna г-жа госпожа гражданка гр-ка ханым lady dame "
    "duchess countess princess baroness viscountess marchioness queen 女士 小姐 太太"
)
# Ranks of nobility and state: no part of the name, yet evidence, so they stay among its tokens.
HONOURS = word_list(
    "sir lord lady dame duke duchess earl baron baroness viscount viscountess marquess marquis marchioness count "
    "countess prince princess king queen baronet bt knight of the saint st"
)
NOISE = (
    word_list(
        "dr doctor dipl ing dipl-ing prof professor phd md mba esq rev hon mag d-r д-р др доктор проф профессор "
        "господа гр граждане тов уважаемый уважаемая vip вип vvip "
        "перезвонить перезвонил перезвонит недозвон недозвонился дозвон дубль дубликат дублирует "
        "повторный постоянный муж жена сын дочь мама папа водитель собственник хозяин контакт контактное "
        "директор менеджер сотрудник секретарь бухгалтер сервис сайт авито дром звонок whatsapp telegram вотсап "
        "телеграм viber вайбер dnc duplicate ehemann ehefrau firma zhd "
        "geboren geb ур урожд урожденная урожденный nee née fka ранее бывшая экс "
    )
    | MALE_TITLES
    | FEMALE_TITLES
)
MAIDEN_MARKS = word_list("geboren geb ур урожд урожденная урожденный nee née fka ранее бывшая")

JUNIOR = word_list("мл младший младшая jr jnr junior ii iii 2-й второй")
SENIOR = word_list("ст старший старшая sr snr senior")
ROMAN = frozenset({"II", "III", "IV"})

# Remarks of several words, removed before a name is split.
REMARKS = (
    "не звонить",
    "не беспокоить",
    "перезвонить позже",
    "звонить после",
    "новый клиент",
    "старый клиент",
    "do not call",
    "please call",
    "call back",
    "call only",
    "nicht anrufen",
    "контактное лицо",
    "доверенное лицо",
    "не писать",
    "черный список",
    "чёрный список",
    "лично",
    "по доверенности",
)

SOLE_TRADER = word_list("ип и.п чп пбоюл ип. жк жеке ип глава кфх кфх ipi")

# A name made only of these stands for nobody.
HOUSE = word_list(
    "частное частный частник лицо физ физическое физик физлицо физлица юр юрлицо юридическое клиент клиента клиентка "
    "клиенты покупатель покупателя розничный розничная розница розн оптовый неизвестно неизвестный неизвестен неизвестная "
    "аноним анонимный анонимно тест тестов тестовый тестовая тестова тестович тестовна тестирование проба пробный "
    "нет имени без имя фамилия отчество фио ф.и.о данных данные указано указан указана указал указала не названо назвал "
    "представился представилась определено определен отсутствует незнакомец незнакомка гость посетитель прохожий "
    "новый новая потенциальный разовый случайный уличный зал наличный наличные касса кассовый чек продажа продажи "
    "расчет безналичный безнал "
    "салон автосалон дилер дилерский центр склад магазин внутренний внутренняя служебный служебная демо "
    "техническая техническое технический запись контрагент заказчик плательщик абонент звонок лид заявка сайт "
    "test tests testing tester testuser demo dummy fake sample example none null nil nan unknown unnamed anonymous anon "
    "noname no name nobody n/a na client customer customers cust buyer retail cash walk-in walkin walk in guest visitor "
    "private person individual consumer account house internal stock dealer dealership showroom counter sale misc various "
    "unbekannt kunde kundin laufkunde laufkundschaft barverkauf bar privat privatperson privatkunde ohne keine angabe "
    "first last surname firstname lastname user admin lead web website call caller "
    "asdf asdfg asdfgh qwe qwerty qwert qwertz zxc zxcv йцук йцукен йцу фыв фыва фывапр ячс ывап asd xxx xx xyz abc абв "
    "散客 客户 测试 个人 无 未知 零售 顾客 匿名 клиенті белгісіз невядома приватна фізична особа жеке тұлға"
)
# Of these alone none makes a house account: «Новый», «Lead» or «Call» may be a surname.
HOUSE_PHRASES = frozenset(
    {
        "no name",
        "walk in",
        "n a",
        "first last",
        "first name last name",
        "name",
        "web lead",
        "no",
        "нет",
        "house account",
        "cash sale",
        "bar verkauf",
        "na",
        "test user",
    }
)
HOUSE_WEAK = word_list(
    "новый новая не без нет зал чек сайт звонок in no a na bar first last call web lead cash person house stock privat "
    "counter sale демо физик абонент user name имя"
)
