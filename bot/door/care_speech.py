"""The sentences for those who need a person: short, warm, with no advice beyond where help is, in seven languages."""

from __future__ import annotations

from dataclasses import dataclass

# A directory of free helplines by country.
HELPLINES = "https://findahelpline.com"


@dataclass(frozen=True)
class Sentences:
    """The sentences of one language; `told`, `kept` and `not_told` say what happens to the message.

    `number` goes into `kept` once the question has a number.
    """

    self_harm: str
    danger: str
    help: str
    help_in_danger: str
    told: str
    kept: str
    number: str
    not_told: str
    strain: str


SENTENCES = {
    "en": Sentences(
        self_harm="I'm glad that you said it, and I take it seriously. I'm only a program, and you deserve a person right now.",
        danger="I'm sorry that this is happening, and I take it seriously. It's good that you said it.",
        help="If you might act on it, or are in danger now, please call your local emergency number. "
        f"People who listen, free and by phone or chat, are listed by country at {HELPLINES}. If you can, tell somebody near you too.",
        help_in_danger="If you or somebody else is in danger now, please call your local emergency number. "
        f"People who listen and help, also with violence and abuse, are listed by country at {HELPLINES}.",
        told="A mentor has been told, but may not see it at once, so please don't wait for that.",
        kept="Your message is kept for the mentors{number}, but they may not see it soon, so please don't wait for that.",
        number=" (number {number})",
        not_told="I can't reach a person from here, so please reach out to one yourself.",
        strain=f"That sounds like a rough stretch. If it's ever about more than the course: people who listen are at {HELPLINES}.",
    ),
    "es": Sentences(
        self_harm="Me alegro de que lo hayas dicho, y lo tomo en serio. Solo soy un programa, y ahora mereces hablar con una persona.",
        danger="Siento que esté pasando esto, y lo tomo en serio. Has hecho bien en decirlo.",
        help="Si crees que podrías hacerlo, o estás en peligro ahora, llama por favor al número de emergencias de tu país. "
        f"En {HELPLINES} encuentras, por países, a personas que escuchan gratis, por teléfono o chat. Si puedes, cuéntaselo también a "
        "alguien cercano.",
        help_in_danger="Si tú u otra persona está en peligro ahora, llama por favor al número de emergencias de tu país. "
        f"En {HELPLINES} encuentras, por países, a personas que escuchan y ayudan, también ante la violencia y el abuso.",
        told="Se ha avisado a un mentor, pero quizá no lo vea enseguida; por favor, no esperes a eso.",
        kept="Tu mensaje queda guardado para los mentores{number}, pero quizá tarden en verlo; por favor, no esperes a eso.",
        number=" (número {number})",
        not_told="Desde aquí no puedo avisar a nadie; por favor, habla tú con una persona.",
        strain=f"Parece que lo estás pasando mal. Si alguna vez se trata de más que el curso, en {HELPLINES} hay personas que escuchan.",
    ),
    "fr": Sentences(
        self_harm="Merci de l'avoir dit ; je le prends au sérieux. Je ne suis qu'un programme, et tu mérites maintenant une vraie "
        "personne.",
        danger="Je suis désolé que cela arrive, et je le prends au sérieux. C'est bien de l'avoir dit.",
        help="Si tu risques de passer à l'acte, ou si tu es en danger maintenant, appelle s'il te plaît le numéro d'urgence de ton pays. "
        f"Sur {HELPLINES}, tu trouves par pays des personnes qui écoutent, gratuitement, par téléphone ou par chat. Si tu peux, parles-en "
        "aussi à quelqu'un de proche.",
        help_in_danger="Si toi ou quelqu'un d'autre est en danger maintenant, appelle s'il te plaît le numéro d'urgence de ton pays. "
        f"Sur {HELPLINES}, tu trouves par pays des personnes qui écoutent et aident, aussi en cas de violences.",
        told="Un mentor a été prévenu, mais ne le verra peut-être pas tout de suite ; s'il te plaît, n'attends pas cela.",
        kept="Ton message est gardé pour les mentors{number}, mais ils ne le verront peut-être pas vite ; s'il te plaît, "
        "n'attends pas cela.",
        number=" (numéro {number})",
        not_told="D'ici, je ne peux prévenir personne ; s'il te plaît, parle toi-même à quelqu'un.",
        strain=f"Ça a l'air d'être dur en ce moment. Si un jour il s'agit de plus que du cours : sur {HELPLINES}, des personnes écoutent.",
    ),
    "de": Sentences(
        self_harm="Gut, dass du das sagst; ich nehme es ernst. Ich bin nur ein Programm, und du verdienst jetzt einen Menschen.",
        danger="Es tut mir leid, dass das geschieht, und ich nehme es ernst. Gut, dass du es sagst.",
        help="Wenn du es tun könntest oder gerade in Gefahr bist, ruf bitte die Notrufnummer deines Landes an. "
        f"Auf {HELPLINES} findest du nach Ländern Menschen, die zuhören, kostenlos, am Telefon oder im Chat. Wenn du kannst, sag es auch "
        "jemandem in deiner Nähe.",
        help_in_danger="Wenn du oder jemand anderes gerade in Gefahr ist, ruf bitte die Notrufnummer deines Landes an. "
        f"Auf {HELPLINES} findest du nach Ländern Menschen, die zuhören und helfen, auch bei Gewalt und Missbrauch.",
        told="Ein Mentor hat Bescheid bekommen, sieht es aber vielleicht nicht sofort; bitte warte nicht darauf.",
        kept="Deine Nachricht ist für die Mentoren aufgehoben{number}, aber vielleicht sehen sie sie nicht bald; bitte warte nicht darauf.",
        number=" (Nummer {number})",
        not_told="Von hier aus erreiche ich keinen Menschen; bitte wende dich selbst an jemanden.",
        strain=f"Das klingt nach einer harten Zeit. Falls es einmal um mehr als den Kurs geht: Auf {HELPLINES} hören Menschen zu.",
    ),
    "ru": Sentences(
        self_harm="Хорошо, что вы об этом сказали; я отношусь к этому серьёзно. Я всего лишь программа, а вам сейчас нужен человек.",
        danger="Мне жаль, что это происходит, и я отношусь к этому серьёзно. Хорошо, что вы об этом сказали.",
        help="Если вы можете это сделать или вы сейчас в опасности, пожалуйста, позвоните по номеру экстренной помощи вашей страны. "
        f"На {HELPLINES} по странам собраны люди, которые бесплатно выслушают по телефону или в чате. Если можете, скажите и кому-нибудь "
        "рядом.",
        help_in_danger="Если вы или кто-то другой сейчас в опасности, пожалуйста, позвоните по номеру экстренной помощи вашей страны. "
        f"На {HELPLINES} по странам собраны люди, которые выслушают и помогут, в том числе при насилии.",
        told="Наставнику сообщено, но он может увидеть это не сразу; пожалуйста, не ждите этого.",
        kept="Ваше сообщение сохранено для наставников{number}, но они могут увидеть его нескоро; пожалуйста, не ждите этого.",
        number=" (номер {number})",
        not_told="Отсюда я не могу никого позвать; пожалуйста, обратитесь к человеку сами.",
        strain=f"Похоже, вам сейчас нелегко. Если когда-нибудь дело будет не только в курсе: на {HELPLINES} есть люди, которые выслушают.",
    ),
    "pt": Sentences(
        self_harm="Que bom que você disse isso; eu levo a sério. Sou só um programa, e você merece uma pessoa agora.",
        danger="Sinto muito que isso esteja acontecendo, e levo a sério. Foi bom você ter dito.",
        help="Se você acha que pode fazer isso, ou está em perigo agora, ligue por favor para o número de emergência do seu país. "
        f"Em {HELPLINES} você encontra, por país, pessoas que escutam de graça, por telefone ou chat. Se puder, conte também a alguém "
        "próximo.",
        help_in_danger="Se você ou outra pessoa está em perigo agora, ligue por favor para o número de emergência do seu país. "
        f"Em {HELPLINES} você encontra, por país, pessoas que escutam e ajudam, também em casos de violência e abuso.",
        told="Um mentor foi avisado, mas talvez não veja logo; por favor, não espere por isso.",
        kept="Sua mensagem fica guardada para os mentores{number}, mas talvez demorem a ver; por favor, não espere por isso.",
        number=" (número {number})",
        not_told="Daqui não consigo avisar ninguém; por favor, procure você mesmo uma pessoa.",
        strain=f"Parece uma fase difícil. Se algum dia for mais do que o curso: em {HELPLINES} há pessoas que escutam.",
    ),
    "zh": Sentences(
        self_harm="谢谢你说出来,我会认真对待。我只是一个程序,而你现在需要的是一个真正的人。",
        danger="很抱歉发生了这样的事,我会认真对待。你说出来是对的。",
        help="如果你可能会伤害自己,或者现在有危险,请拨打当地的紧急电话。"
        f"在 {HELPLINES} 可以按国家找到愿意倾听的人,免费,可以打电话或网上聊天。如果可以,也请告诉身边的一个人。",
        help_in_danger="如果你或别人现在有危险,请拨打当地的紧急电话。"
        f"在 {HELPLINES} 可以按国家找到愿意倾听和帮助的人,也包括暴力和虐待的情况。",
        told="已经告诉了一位导师,但导师不一定马上看到,请不要只等导师。",
        kept="你的消息已为导师保存{number},但导师不一定很快看到,请不要只等导师。",
        number="(编号 {number})",
        not_told="我从这里联系不到人,请你自己去找一个人说说。",
        strain=f"听起来你最近很不容易。如果不只是课程的事,{HELPLINES} 上有愿意倾听的人。",
    ),
}
