using System.Text;
using System.Text.Json;
using System.Xml;
using GovernedAgents.Connectors.Aws.Models;

namespace GovernedAgents.Connectors.Aws.Requests;

/// <summary>Bodies of the protocol <c>rest-xml</c>.</summary>
internal static class XmlBody
{
    public static byte[] Of(ServiceModel service, string root, XmlNamespace? space, Shape shape, JsonElement value, Func<ShapeUse, bool> which)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true }))
        {
            Element(xml, root, space, () => Structure(service, shape, value, xml, which));
        }
        return bytes.ToArray();
    }

    private static void Structure(ServiceModel service, Shape shape, JsonElement value, XmlWriter xml, Func<ShapeUse, bool> which)
    {
        var members = value.EnumerateObject().Select(member => (member.Name, Use: shape.Members[member.Name], member.Value)).Where(member => which(member.Use)).ToList();
        foreach (var (name, use, given) in members.Where(member => member.Use.XmlAttribute))
        {
            var parts = (use.LocationName ?? name).Split(':');
            if (parts.Length == 2) xml.WriteAttributeString(parts[0], parts[1], shape.XmlNamespace?.Uri ?? "http://www.w3.org/2001/XMLSchema-instance", given.GetString());
            else xml.WriteAttributeString(parts[0], given.GetString());
        }
        foreach (var (name, use, given) in members.Where(member => !member.Use.XmlAttribute)) Value(service, use.LocationName ?? name, use, given, xml);
    }

    private static void Value(ServiceModel service, string name, ShapeUse use, JsonElement value, XmlWriter xml)
    {
        var shape = service.ShapeOf(use);
        var space = use.XmlNamespace ?? shape.XmlNamespace;
        switch (shape.Type)
        {
            case "structure":
                Element(xml, name, space, () => Structure(service, shape, value, xml, _ => true));
                break;
            case "list" when use.Flattened || shape.Flattened:
                foreach (var item in value.EnumerateArray()) Value(service, shape.Member!.LocationName ?? name, shape.Member, item, xml);
                break;
            case "list":
                Element(xml, name, space, () =>
                {
                    foreach (var item in value.EnumerateArray()) Value(service, shape.Member!.LocationName ?? "member", shape.Member, item, xml);
                });
                break;
            case "map":
                Element(xml, name, space, () =>
                {
                    foreach (var pair in value.EnumerateObject())
                        Element(xml, "entry", null, () =>
                        {
                            xml.WriteElementString(shape.Key!.LocationName ?? "key", pair.Name);
                            Value(service, shape.Value!.LocationName ?? "value", shape.Value, pair.Value, xml);
                        });
                });
                break;
            default:
                Element(xml, name, space, () => xml.WriteString(Scalars.Text(value, shape, use.TimestampFormat, "iso8601")));
                break;
        }
    }

    private static void Element(XmlWriter xml, string name, XmlNamespace? space, Action content)
    {
        if (space is null) xml.WriteStartElement(null, name, null);
        else if (space.Prefix is { } prefix)
        {
            xml.WriteStartElement(name);
            xml.WriteAttributeString("xmlns", prefix, null, space.Uri);
        }
        else
        {
            xml.WriteStartElement(name, space.Uri);
        }
        content();
        xml.WriteEndElement();
    }
}
